/* Mutations of XML: values, tags and elements are changed, dropped, copied and moved. */
// SPDX-License-Identifier: MIT
#include "fuzz/mutate.h"

#include <string.h>

typedef struct {
  GByteArray *input;
  const GByteArray *donor;
  GRand *random;
} Mutation;

static gsize
below (Mutation *mutation, gsize n)
{
  return n ? g_rand_int (mutation->random) % n : 0;
}

static void
replace (GByteArray *input, gsize at, gsize length, const char *with)
{
  g_byte_array_remove_range (input, at, MIN (length, input->len - at));

  g_autofree guint8 *tail = g_memdup2 (input->data + at, input->len - at);
  gsize rest = input->len - at;
  g_byte_array_set_size (input, at);
  g_byte_array_append (input, (const guint8 *) with, strlen (with));
  g_byte_array_append (input, tail, rest);
}

static void
flip_bit (Mutation *mutation)
{
  GByteArray *input = mutation->input;

  if (input->len)
    input->data[below (mutation, input->len)] ^= (guint8) (1u << below (mutation, 8));
}

static void
put_letter (Mutation *mutation)
{
  static const char letters[] = "09-+.:/ aZ_%#*=&;\t\n";
  GByteArray *input = mutation->input;

  if (input->len)
    input->data[below (mutation, input->len)] =
        (guint8) letters[below (mutation, sizeof letters - 1)];
}

/* What stands between two quotes becomes something nasty. */
static void
put_value (Mutation *mutation)
{
  static const char *const values[] = {
    "",
    "0",
    "-1",
    "1",
    "255",
    "256",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "+1",
    "0x10",
    "1e9",
    " 1",
    "true",
    "&#10;",
    "&lt;&amp;",
    "\303\251",
    "\360\237\223\236",
    "none",
    "initiator",
    "host",
    "tcp",
  };
  GByteArray *input = mutation->input;
  gsize start = below (mutation, input->len);

  while (start < input->len && input->data[start] != '\'' && input->data[start] != '"')
    start++;
  gsize end = start + 1;
  while (end < input->len && input->data[end] != input->data[start])
    end++;
  if (end < input->len)
    replace (input, start + 1, end - start - 1, values[below (mutation, G_N_ELEMENTS (values))]);
}

/* From some '<' to some later '>'; FALSE when there is none. */
static gboolean
pick_piece (Mutation *mutation, const GByteArray *input, gsize *start, gsize *length)
{
  gsize from = below (mutation, input->len);

  while (from < input->len && input->data[from] != '<')
    from++;
  gsize to = from + below (mutation, 200);
  while (to < input->len && input->data[to] != '>')
    to++;
  *start = from;
  *length = to + 1 - from;
  return to < input->len;
}

static void
drop_piece (Mutation *mutation)
{
  gsize start, length;

  if (pick_piece (mutation, mutation->input, &start, &length))
    replace (mutation->input, start, length, "");
}

/* Copies a piece of the donor to before some tag. */
static void
copy_piece (Mutation *mutation)
{
  gsize start, length, at, ignored;

  if (!pick_piece (mutation, mutation->donor, &start, &length) ||
      !pick_piece (mutation, mutation->input, &at, &ignored))
    return;

  g_autofree char *piece = g_strndup ((const char *) mutation->donor->data + start, length);
  for (gsize times = below (mutation, 20) ? 1 : 100; times; times--)
    replace (mutation->input, at, 0, piece);
}

void
fuzz_graft (GByteArray *input, const GByteArray *donor, GRand *random)
{
  copy_piece (&(Mutation) { input, donor, random });
}

void
fuzz_mutate (GByteArray *input, const GByteArray *donor, GRand *random)
{
  static void (*const mutations[]) (Mutation * mutation) = {
    flip_bit, put_letter, put_value, put_value, drop_piece, copy_piece, copy_piece,
  };
  Mutation mutation = { input, donor, random };

  mutations[below (&mutation, G_N_ELEMENTS (mutations))](&mutation);
}
