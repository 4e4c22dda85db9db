/* What every fuzzer provides: libFuzzer's entry point, which takes one input and returns 0. And how
 * those that need more than one value read their input.
 *
 * An input is any bytes; reading past its end gives zeros and empty pieces, so every input is a
 * story that ends. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What is left of an input. */
typedef struct {
  const uint8_t *data;
  size_t size;
} FuzzInput;

static inline guint
fuzz_u8 (FuzzInput *input)
{
  if (!input->size)
    return 0;
  input->size--;
  return *input->data++;
}

static inline guint
fuzz_u16 (FuzzInput *input)
{
  guint high = fuzz_u8 (input);

  return high << 8 | fuzz_u8 (input);
}

static inline guint32
fuzz_u32 (FuzzInput *input)
{
  guint32 high = fuzz_u16 (input);

  return high << 16 | fuzz_u16 (input);
}

/* The next @length bytes, or what there is. Borrowed. */
static inline FuzzInput
fuzz_take (FuzzInput *input, size_t length)
{
  FuzzInput piece = { input->data, MIN (length, input->size) };

  input->data += piece.size;
  input->size -= piece.size;
  return piece;
}

/* The text up to the next line end, for g_free; NULL when nothing is left. */
static inline char *
fuzz_line (FuzzInput *input)
{
  if (!input->size)
    return NULL;

  const uint8_t *end = memchr (input->data, '\n', input->size);
  FuzzInput line = fuzz_take (input, end ? (size_t) (end - input->data) : input->size);
  fuzz_u8 (input);
  return g_strndup ((const char *) line.data, line.size);
}

/* A copy of @piece of its own size, so that the sanitizer sees a read past its end; for g_free,
 * never NULL. */
static inline guint8 *
fuzz_copy (FuzzInput piece)
{
  guint8 *copy = g_malloc (MAX (piece.size, 1));

  if (piece.size)
    memcpy (copy, piece.data, piece.size);
  return copy;
}
