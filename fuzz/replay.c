/* Drives a fuzzer without an engine: replays a corpus and, when asked for longer, mutates it.
 *
 *   fuzz-NAME FOLDER             every file of FOLDER once: the regression test
 *   fuzz-NAME FOLDER SECONDS     then random mutations of them, from a printed seed
 *   fuzz-NAME FILE               one input: a crash again
 *
 * PEAL_SEED repeats a run. An input that crashes is left in the file named at the start.
 * Mutations know XML's signs and numbers, so that most of what they make still gets past a parser;
 * they are harmless to inputs of other kinds. For coverage-guided runs build with clang: meson then
 * makes fuzz-NAME-guided as well. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (64 * 1024)

typedef struct {
  GPtrArray *inputs; /* of GByteArray * */
  GRand *random;
} Corpus;

static gsize
below (Corpus *corpus, gsize n)
{
  return n ? g_rand_int (corpus->random) % n : 0;
}

/* --- mutations: each changes @input in place --- */

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
flip_byte (Corpus *corpus, GByteArray *input)
{
  if (input->len)
    input->data[below (corpus, input->len)] ^= 1u << below (corpus, 8);
}

static void
put_letter (Corpus *corpus, GByteArray *input)
{
  static const char letters[] = "09-+.:/ aZ_%#*=&;\t\n";

  if (input->len)
    input->data[below (corpus, input->len)] = letters[below (corpus, sizeof letters - 1)];
}

/* What stands between two quotes becomes something nasty. */
static void
put_value (Corpus *corpus, GByteArray *input)
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
  gsize start = below (corpus, input->len);

  while (start < input->len && input->data[start] != '\'' && input->data[start] != '"')
    start++;
  gsize end = start + 1;
  while (end < input->len && input->data[end] != input->data[start])
    end++;
  if (end < input->len)
    replace (input, start + 1, end - start - 1, values[below (corpus, G_N_ELEMENTS (values))]);
}

/* From some '<' to some later '>'; FALSE when there is none. */
static gboolean
pick_piece (Corpus *corpus, const GByteArray *input, gsize *start, gsize *length)
{
  gsize from = below (corpus, input->len);

  while (from < input->len && input->data[from] != '<')
    from++;
  gsize to = from + below (corpus, 200);
  while (to < input->len && input->data[to] != '>')
    to++;
  *start = from;
  *length = to + 1 - from;
  return to < input->len;
}

static void
drop_piece (Corpus *corpus, GByteArray *input)
{
  gsize start, length;

  if (pick_piece (corpus, input, &start, &length))
    replace (input, start, length, "");
}

/* Copies a piece of any input of the corpus to before some tag. */
static void
copy_piece (Corpus *corpus, GByteArray *input)
{
  const GByteArray *from = corpus->inputs->pdata[below (corpus, corpus->inputs->len)];
  gsize start, length, at, ignored;

  if (!pick_piece (corpus, from, &start, &length) || !pick_piece (corpus, input, &at, &ignored))
    return;

  g_autofree char *piece = g_strndup ((const char *) from->data + start, length);
  for (gsize times = below (corpus, 20) ? 1 : 100; times; times--)
    replace (input, at, 0, piece);
}

static void (*const mutations[]) (Corpus *corpus, GByteArray *input) = {
  flip_byte, put_letter, put_value, put_value, drop_piece, copy_piece, copy_piece,
};

/* --- running --- */

static void
read_corpus (Corpus *corpus, const char *path)
{
  g_autoptr(GDir) folder = g_dir_open (path, 0, NULL);
  const char *name = folder ? g_dir_read_name (folder) : path;

  for (; name; name = folder ? g_dir_read_name (folder) : NULL) {
    g_autofree char *file = folder ? g_build_filename (path, name, NULL) : g_strdup (path);
    char *bytes = NULL;
    gsize length = 0;

    if (g_file_get_contents (file, &bytes, &length, NULL))
      g_ptr_array_add (corpus->inputs, g_byte_array_new_take ((guint8 *) bytes, length));
  }
}

static void
run (const GByteArray *input)
{
  /* A copy of its own size, so that the sanitizer sees a read past its end. */
  g_autofree guint8 *bytes = g_memdup2 (input->data, input->len);

  LLVMFuzzerTestOneInput (bytes, input->len);
}

/* The last input stays in a file: a crash leaves no time to write it. */
static guint64
mutate (Corpus *corpus, gint64 until, const char *last)
{
  guint64 runs = 0;

  for (; g_get_monotonic_time () < until; runs++) {
    const GByteArray *parent = corpus->inputs->pdata[below (corpus, corpus->inputs->len)];
    g_autoptr(GByteArray) input = g_byte_array_new ();

    g_byte_array_append (input, parent->data, parent->len);
    for (gsize n = 1 + below (corpus, 4); n; n--)
      mutations[below (corpus, G_N_ELEMENTS (mutations))](corpus, input);
    if (input->len > MOST_BYTES)
      g_byte_array_set_size (input, MOST_BYTES);
    g_file_set_contents_full (last, (const char *) input->data, input->len,
                              G_FILE_SET_CONTENTS_NONE, 0600, NULL);
    run (input);
  }
  return runs;
}

int
main (int argc, char **argv)
{
  const char *wish = g_getenv ("PEAL_SEED");
  guint32 seed = wish ? (guint32) strtoul (wish, NULL, 10) : g_random_int ();
  Corpus corpus = { g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref),
                    g_rand_new_with_seed (seed) };
  int seconds = argc > 2 ? atoi (argv[2]) : 0;

  g_assert_cmpint (argc, >, 1);
  read_corpus (&corpus, argv[1]);
  g_print ("1..%d\n", seconds ? 2 : 1);
  for (guint i = 0; i < corpus.inputs->len; i++)
    run (corpus.inputs->pdata[i]);
  g_print ("%s 1 replayed %u inputs\n", corpus.inputs->len ? "ok" : "not ok", corpus.inputs->len);
  if (seconds && corpus.inputs->len) {
    g_autofree char *last = g_strdup_printf ("%s/peal-fuzz-%u", g_get_tmp_dir (), seed);
    g_print ("# PEAL_SEED=%u, last input in %s\n", seed, last);
    guint64 runs = mutate (&corpus, g_get_monotonic_time () + seconds * G_USEC_PER_SEC, last);
    g_print ("ok 2 ran %" G_GUINT64_FORMAT " mutations\n", runs);
    g_unlink (last);
  }
  gboolean empty = !corpus.inputs->len;
  g_ptr_array_unref (corpus.inputs);
  g_rand_free (corpus.random);
  return empty;
}
