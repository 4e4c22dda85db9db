/* Random structs of any element table, for round trips, fuzzing and simulated peers. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/wire/codec.h"

/* A random struct that obeys every row of @element, for peal_element_free: what is built from it
 * parses to its equal. Open children come from @vocabulary (ends with NULL; may be NULL) or are
 * unknown. */
gpointer peal_generate (const PealElement *element, const PealElement *const *vocabulary,
                        GRand *random);
