/* The outbox by hand, against a list that does the same by walking, and at its bounds. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/outbox.h"

#include <string.h>

static void
push (PealOutbox *outbox, const char *text, PealOutboxKind kind)
{
  g_assert_true (peal_outbox_push (outbox, g_strdup (text), kind));
}

/* Carries all that waits; returns it as one string, for g_free. */
static char *
carry (PealOutbox *outbox)
{
  GString *all = g_string_new (NULL);
  for (const char *each; (each = peal_outbox_next (outbox));)
    g_string_append (all, each);
  return g_string_free (all, FALSE);
}

static void
carries (PealOutbox *outbox, const char *expected)
{
  g_autofree char *all = carry (outbox);
  g_assert_cmpstr (all, ==, expected);
}

static void
keeps_what_has_not_arrived (void)
{
  PealOutbox outbox;
  peal_outbox_init (&outbox);
  carries (&outbox, "");
  push (&outbox, "a", PEAL_OUTBOX_LASTING);
  push (&outbox, "b", PEAL_OUTBOX_BOUND);
  push (&outbox, "c", PEAL_OUTBOX_LASTING);
  g_assert_cmpstr (peal_outbox_next (&outbox), ==, "a");
  g_assert_cmpuint (peal_outbox_carried (&outbox), ==, 1);
  g_assert_cmpuint (peal_outbox_waiting (&outbox), ==, 2);
  carries (&outbox, "bc");
  peal_outbox_drop (&outbox, 2);
  push (&outbox, "d", PEAL_OUTBOX_LASTING);
  carries (&outbox, "d");
  g_assert_cmpuint (peal_outbox_carried (&outbox), ==, 2);
  peal_outbox_rewind (&outbox);
  g_assert_cmpuint (peal_outbox_carried (&outbox), ==, 0);
  push (&outbox, "e", PEAL_OUTBOX_LASTING); /* newer than all that comes again */
  carries (&outbox, "cde");
  peal_outbox_drop (&outbox, 3);
  peal_outbox_drop (&outbox, 0);
  g_assert_cmpuint (outbox.bytes, ==, 0);
  push (&outbox, "f", PEAL_OUTBOX_LASTING); /* after it was empty */
  carries (&outbox, "f");
  peal_outbox_clear (&outbox);
}

static void
a_session_takes_its_own_into_the_grave (void)
{
  PealOutbox outbox;
  peal_outbox_init (&outbox);
  push (&outbox, "<get>", PEAL_OUTBOX_BOUND);
  push (&outbox, "1", PEAL_OUTBOX_LASTING);
  push (&outbox, "<jingle>", PEAL_OUTBOX_BOUND);
  push (&outbox, "2", PEAL_OUTBOX_LASTING);
  push (&outbox, "<presence>", PEAL_OUTBOX_BOUND);
  peal_outbox_next (&outbox);
  peal_outbox_next (&outbox);
  peal_outbox_bury (&outbox);
  g_assert_cmpuint (peal_outbox_carried (&outbox), ==, 0);
  g_assert_cmpuint (outbox.bytes, ==, 2);
  push (&outbox, "<next>", PEAL_OUTBOX_BOUND);
  carries (&outbox, "12<next>");
  peal_outbox_bury (&outbox);
  peal_outbox_drop (&outbox, 0);
  carries (&outbox, "12");
  peal_outbox_clear (&outbox);
}

static void
full_is_full_by_number (void)
{
  PealOutbox outbox;
  peal_outbox_init (&outbox);
  for (guint i = 0; i < PEAL_OUTBOX_MOST; i++)
    push (&outbox, "x", i % 2 ? PEAL_OUTBOX_LASTING : PEAL_OUTBOX_BOUND);
  g_assert_false (peal_outbox_push (&outbox, g_strdup ("y"), PEAL_OUTBOX_LASTING));
  g_assert_cmpuint (peal_outbox_waiting (&outbox), ==, PEAL_OUTBOX_MOST);
  peal_outbox_next (&outbox);
  g_assert_false (peal_outbox_push (&outbox, g_strdup ("y"), PEAL_OUTBOX_LASTING)); /* not there */
  peal_outbox_drop (&outbox, 1);
  push (&outbox, "y", PEAL_OUTBOX_LASTING);
  g_assert_false (peal_outbox_push (&outbox, g_strdup ("z"), PEAL_OUTBOX_LASTING));
  peal_outbox_bury (&outbox);
  push (&outbox, "z", PEAL_OUTBOX_LASTING);
  peal_outbox_clear (&outbox);
}

static void
full_is_full_by_size (void)
{
  PealOutbox outbox;
  peal_outbox_init (&outbox);
  gsize half = PEAL_OUTBOX_MOST_BYTES / 2;
  g_assert_true (peal_outbox_push (&outbox, g_strnfill (half, 'x'), PEAL_OUTBOX_BOUND));
  g_assert_false (peal_outbox_push (&outbox, g_strnfill (half + 1, 'x'), PEAL_OUTBOX_LASTING));
  g_assert_cmpuint (outbox.bytes, ==, half);
  g_assert_true (peal_outbox_push (&outbox, g_strnfill (half, 'y'), PEAL_OUTBOX_LASTING));
  g_assert_false (peal_outbox_push (&outbox, g_strdup ("z"), PEAL_OUTBOX_LASTING));
  peal_outbox_next (&outbox);
  peal_outbox_drop (&outbox, 1);
  push (&outbox, "z", PEAL_OUTBOX_LASTING);
  peal_outbox_clear (&outbox);
}

/* --- against a model --- */

typedef struct {
  guint number;
  PealOutboxKind kind;
} Entry;

typedef struct {
  PealOutbox outbox;
  GArray *entries; /* of Entry: what should be in it */
  guint carried, made;
} Pair;

static void
push_both (Pair *pair, PealOutboxKind kind)
{
  Entry entry = { pair->made++, kind };
  g_array_append_val (pair->entries, entry);
  g_assert_true (
      peal_outbox_push (&pair->outbox, g_strdup_printf ("%u", entry.number), entry.kind));
}

static void
carry_both (Pair *pair)
{
  const char *next = peal_outbox_next (&pair->outbox);
  if (pair->carried == pair->entries->len) {
    g_assert_null (next);
    return;
  }
  g_autofree char *expected =
      g_strdup_printf ("%u", g_array_index (pair->entries, Entry, pair->carried).number);
  g_assert_cmpstr (next, ==, expected);
  pair->carried++;
}

static void
drop_both (Pair *pair, guint count)
{
  peal_outbox_drop (&pair->outbox, count);
  g_array_remove_range (pair->entries, 0, count);
  pair->carried -= count;
}

static void
bury_both (Pair *pair)
{
  peal_outbox_bury (&pair->outbox);
  for (guint i = pair->entries->len; i-- > 0;)
    if (g_array_index (pair->entries, Entry, i).kind == PEAL_OUTBOX_BOUND)
      g_array_remove_index (pair->entries, i);
  pair->carried = 0;
}

static gsize
bytes (const Pair *pair)
{
  gsize sum = 0;
  for (guint i = 0; i < pair->entries->len; i++) {
    g_autofree char *text = g_strdup_printf ("%u", g_array_index (pair->entries, Entry, i).number);
    sum += strlen (text);
  }
  return sum;
}

static void
does_what_a_list_would (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr(GRand) chance = g_rand_new_with_seed (seed);
  g_test_message ("seed %u", seed);
  Pair pair = { .entries = g_array_new (FALSE, FALSE, sizeof (Entry)) };
  peal_outbox_init (&pair.outbox);
  for (guint i = 0; i < 200000; i++) {
    switch (g_rand_int_range (chance, 0, 40)) {
    case 0:
      peal_outbox_rewind (&pair.outbox);
      pair.carried = 0;
      break;
    case 1:
      bury_both (&pair);
      break;
    case 2 ... 12:
      drop_both (&pair, g_rand_int_range (chance, 0, (gint32) pair.carried + 1));
      break;
    case 13 ... 25:
      push_both (&pair, g_rand_boolean (chance) ? PEAL_OUTBOX_BOUND : PEAL_OUTBOX_LASTING);
      break;
    default:
      carry_both (&pair);
    }
    g_assert_cmpuint (peal_outbox_carried (&pair.outbox), ==, pair.carried);
    g_assert_cmpuint (peal_outbox_waiting (&pair.outbox), ==, pair.entries->len - pair.carried);
    g_assert_cmpuint (pair.outbox.bytes, ==, bytes (&pair));
  }
  g_array_unref (pair.entries);
  peal_outbox_clear (&pair.outbox);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outbox/keeps-what-has-not-arrived", keeps_what_has_not_arrived);
  g_test_add_func ("/outbox/a-session-takes-its-own-into-the-grave",
                   a_session_takes_its_own_into_the_grave);
  g_test_add_func ("/outbox/full-is-full-by-number", full_is_full_by_number);
  g_test_add_func ("/outbox/full-is-full-by-size", full_is_full_by_size);
  g_test_add_func ("/outbox/does-what-a-list-would", does_what_a_list_would);
  return g_test_run ();
}
