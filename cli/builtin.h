/* What is built in: the lists of transport methods and application formats, and the features they
 * make. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/method.h"

/* Both end with NULL, best first. */
extern const PealMethod *const peal_builtin_methods[];
extern const PealApplication *const peal_builtin_applications[];

/* All that disco#info says of us; ends with NULL. Free with g_free. */
const char **peal_builtin_features (void);
