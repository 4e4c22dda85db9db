/* Mutations that know XML's signs and numbers, so that most of what they make still gets past a
 * parser; they are harmless to inputs of other kinds. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* Changes @input in place, once; @donor lends pieces and may be @input itself. */
void fuzz_mutate (GByteArray *input, const GByteArray *donor, GRand *random);

/* Copies one element of @donor, or what looks like it, into @input. */
void fuzz_graft (GByteArray *input, const GByteArray *donor, GRand *random);
