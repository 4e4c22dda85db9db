/* What the files of the codec share: where the member of a row is, and the text of numbers and
 * words. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/wire/codec.h"

/* The member that @field describes, in the struct at @value. */
#define PEAL_MEMBER(type, value, field) (*(type *) ((char *) (value) + (field)->offset))
#define PEAL_PEEK(type, value, field)   (*(type const *) ((const char *) (value) + (field)->offset))

/* The text of an attribute or child of one value, or NULL when the member is absent and need not be
 * written. Strings are borrowed from @value, numbers are written into @buffer (32 bytes). */
const char *peal_row_text (const PealField *field, gconstpointer value, char *buffer);

/* The namespace of children that @field describes within @element. */
const char *peal_row_ns (const PealElement *element, const PealField *field);
