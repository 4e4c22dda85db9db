/* Pictures that are checked: the test picture as an easel shows it. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/easel.h"
#include "media/pattern.h"

typedef struct {
  gboolean seen;    /* there was a picture, */
  gboolean read;    /* with the pattern in it, */
  gboolean upright; /* and all four corners where they belong */
  guint width, height;
  PealPattern pattern;
} PictureSight;

/* What is on @easel now. */
PictureSight picture_look (PealEasel *easel);
