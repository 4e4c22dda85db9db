/* Teaches libFuzzer our mutations, for the fuzzers whose inputs are XML: one time in two its own,
 * else ours. */
// SPDX-License-Identifier: MIT
#include "fuzz/mutate.h"

#include <stdint.h>
#include <string.h>

size_t LLVMFuzzerMutate (uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator (uint8_t *data, size_t size, size_t most, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver (const uint8_t *one, size_t one_size, const uint8_t *two,
                                  size_t two_size, uint8_t *out, size_t most, unsigned int seed);

static size_t
put (const GByteArray *input, uint8_t *out, size_t most)
{
  size_t size = MIN (input->len, most);

  if (size)
    memcpy (out, input->data, size);
  return size;
}

size_t
LLVMFuzzerCustomMutator (uint8_t *data, size_t size, size_t most, unsigned int seed)
{
  if (seed % 2)
    return LLVMFuzzerMutate (data, size, most);

  GRand *random = g_rand_new_with_seed (seed);
  g_autoptr(GByteArray) input = g_byte_array_new ();
  g_byte_array_append (input, data, (guint) size);
  for (guint times = 1 + g_rand_int (random) % 3; times; times--)
    fuzz_mutate (input, input, random);
  g_rand_free (random);
  return put (input, data, most);
}

size_t
LLVMFuzzerCustomCrossOver (const uint8_t *one, size_t one_size, const uint8_t *two, size_t two_size,
                           uint8_t *out, size_t most, unsigned int seed)
{
  GRand *random = g_rand_new_with_seed (seed);
  g_autoptr(GByteArray) input = g_byte_array_new ();
  g_autoptr(GByteArray) donor = g_byte_array_new ();

  g_byte_array_append (input, one, (guint) one_size);
  g_byte_array_append (donor, two, (guint) two_size);
  fuzz_graft (input, donor, random);
  g_rand_free (random);
  return put (input, out, most);
}
