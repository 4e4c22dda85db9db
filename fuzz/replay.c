/* Drives a fuzzer without an engine: replays a corpus and, when asked for longer, mutates it.
 *
 *   fuzz-NAME FOLDER             every file of FOLDER once: the regression test
 *   fuzz-NAME FOLDER SECONDS     then random mutations of them, from a printed seed
 *   fuzz-NAME FILE               one input: a crash again
 *
 * PEAL_SEED repeats a run. An input that crashes is left in the file named at the start.
 * These mutations are blind; coverage-guided runs (./dev fuzz) take libFuzzer's place for this
 * file. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"
#include "fuzz/mutate.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (64 * 1024)

typedef struct {
  GPtrArray *inputs; /* of GByteArray * */
  GPtrArray *names;  /* of char *: their files */
  GRand *random;
} Corpus;

static void
read_corpus (Corpus *corpus, const char *path)
{
  g_autoptr(GDir) folder = g_dir_open (path, 0, NULL);
  const char *name = folder ? g_dir_read_name (folder) : path;

  for (; name; name = folder ? g_dir_read_name (folder) : NULL) {
    g_autofree char *file = folder ? g_build_filename (path, name, NULL) : g_strdup (path);
    char *bytes = NULL;
    gsize length = 0;

    if (!g_file_get_contents (file, &bytes, &length, NULL))
      continue;
    g_ptr_array_add (corpus->inputs, g_byte_array_new_take ((guint8 *) bytes, length));
    g_ptr_array_add (corpus->names, g_path_get_basename (file));
  }
}

static void
run (const GByteArray *input)
{
  /* A copy of its own size, so that the sanitizer sees a read past its end. */
  g_autofree guint8 *bytes = g_memdup2 (input->data, input->len);

  LLVMFuzzerTestOneInput (bytes, input->len);
}

static const GByteArray *
any (Corpus *corpus)
{
  return corpus->inputs->pdata[g_rand_int (corpus->random) % corpus->inputs->len];
}

/* The last input stays in a file: a crash leaves no time to write it. */
static guint64
mutate (Corpus *corpus, gint64 until, const char *last)
{
  guint64 runs = 0;

  for (; g_get_monotonic_time () < until; runs++) {
    const GByteArray *parent = any (corpus);
    g_autoptr(GByteArray) input = g_byte_array_new ();

    g_byte_array_append (input, parent->data, parent->len);
    for (guint n = 1 + g_rand_int (corpus->random) % 4; n; n--)
      fuzz_mutate (input, any (corpus), corpus->random);
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
                    g_ptr_array_new_with_free_func (g_free), g_rand_new_with_seed (seed) };
  int seconds = argc > 2 ? atoi (argv[2]) : 0;

  g_assert_cmpint (argc, >, 1);
  read_corpus (&corpus, argv[1]);
  g_print ("1..%d\n", seconds ? 2 : 1);
  for (guint i = 0; i < corpus.inputs->len; i++) {
    g_print ("# %s\n", (char *) corpus.names->pdata[i]); /* the last one is what crashed */
    run (corpus.inputs->pdata[i]);
  }
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
  g_ptr_array_unref (corpus.names);
  g_rand_free (corpus.random);
  return empty;
}
