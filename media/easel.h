/* Where pictures are drawn with characters: a canvas puts the newest one on it, whoever owns the
 * terminal takes rows of text from it.
 *
 * Two pictures' dots, one above the other, make one character: an upper half block with a colour of
 * its own and one behind it. Any thread. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct PealEasel PealEasel;

typedef enum {
  PEAL_EASEL_GREY = 0, /* characters of different weight, no colours (NO_COLOR) */
  PEAL_EASEL_256,      /* the palette of xterm */
  PEAL_EASEL_TRUE,     /* 24 bits (COLORTERM=truecolor) */
} PealEaselColours;

/* Held by the caller. @fresh is told, on any thread, when there is a picture that was not taken
 * yet, and must ask nothing of the easel itself; NULL: nobody asks to be. */
PealEasel *peal_easel_new (void (*fresh) (gpointer user), gpointer user);
PealEasel *peal_easel_ref (PealEasel *easel);
void peal_easel_unref (PealEasel *easel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealEasel, peal_easel_unref)

/* The owner of the terminal leaves: @fresh is not told once this returns. */
void peal_easel_close (PealEasel *easel);

/* A picture of @width x @height dots, red, green and blue a byte each, rows @stride bytes apart;
 * copied. It has the shape that it should be seen in. */
void peal_easel_put (PealEasel *easel, const guint8 *rgb, guint width, guint height, gsize stride);

/* The newest picture as large as it fits into @columns x @rows characters, in its shape, centred:
 * @rows texts, each of @columns characters with their colours, which end with the text; for
 * g_strfreev. Characters are taken for twice as high as wide. NULL: there is none yet. */
char **peal_easel_rows (PealEasel *easel, guint columns, guint rows, PealEaselColours colours);

/* Shows the newest picture to @see, if there is one: red, green, blue, no bytes between rows.
 * FALSE: there is none. */
gboolean peal_easel_look (PealEasel *easel,
                          void (*see) (gpointer user, const guint8 *rgb, guint width, guint height),
                          gpointer user);

/* Whether there is a picture that peal_easel_rows has not given yet. */
gboolean peal_easel_is_fresh (PealEasel *easel);

/* Nothing is shown any more. */
void peal_easel_clear (PealEasel *easel);
