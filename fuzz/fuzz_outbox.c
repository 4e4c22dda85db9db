/* Fuzzes the outbox and stream management (XEP-0198) with everything that happens to a stream:
 * links that are cut anywhere, sessions resumed, refused, or lost, and counts that lie.
 *
 * An input is a byte for each thing that happens. While the server is honest, what it hears is each
 * message once and in order; what is bound to a session is heard in that session or never. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "signaling/stream/sm.h"

enum { SAY, ASK, WRITE, TAKE, ACKNOWLEDGE, CUT, RESUME, REFUSE, FORGET, LIE, UNMANAGED, N_EVENTS };

typedef struct {
  FuzzInput input;
  PealSm sm;
  gboolean linked, managed;
  GQueue wire;    /* of char *: written and not yet taken by the server */
  guint32 taken;  /* by the server, in this session */
  guint session;  /* how many were up */
  guint said;     /* messages that the outbox accepted */
  guint heard;    /* the latest message that the server heard */
  gboolean exact; /* nothing has happened yet that can double or lose a message */
} World;

static void
push (World *world, PealOutboxKind kind)
{
  guint session = world->sm.alive ? world->session : world->session + 1;
  guint number = kind == PEAL_OUTBOX_LASTING ? world->said + 1 : session;
  char *text = g_strdup_printf ("%c%u;", kind == PEAL_OUTBOX_LASTING ? 'm' : 'b', number);

  if (peal_outbox_push (&world->sm.outbox, text, kind) && kind == PEAL_OUTBOX_LASTING)
    world->said++;
}

static void
write_some (World *world, guint most)
{
  for (; world->linked && most; most--) {
    GString *text = g_string_new (NULL);
    if (!peal_sm_next (&world->sm, text)) {
      g_string_free (text, TRUE);
      return;
    }
    g_queue_push_tail (&world->wire, g_string_free (text, FALSE));
  }
}

static void
take_some (World *world, guint most)
{
  for (; most && !g_queue_is_empty (&world->wire); most--) {
    g_autofree char *text = g_queue_pop_head (&world->wire);
    guint number = (guint) strtoul (text + 1, NULL, 10);

    world->taken++;
    if (*text == 'b') {
      g_assert_cmpuint (number, ==, world->session);
      continue;
    }
    if (world->exact)
      g_assert_cmpuint (number, ==, world->heard + 1);
    world->heard = MAX (world->heard, number);
  }
}

static void
cut (World *world)
{
  if (!world->linked)
    return;
  /* Where nothing counts, or nothing can be resumed, nobody knows what the server has heard. */
  world->exact &= world->managed ? world->sm.id || !peal_sm_unacknowledged (&world->sm)
                                 : g_queue_is_empty (&world->wire);
  g_queue_clear_full (&world->wire, g_free);
  g_queue_init (&world->wire);
  world->linked = FALSE;
  peal_sm_down (&world->sm, FALSE);
}

/* A new session; @managed: with counting. */
static void
bind (World *world, gboolean managed)
{
  peal_sm_begin (&world->sm);
  world->managed = managed;
  world->taken = 0;
  if (managed)
    peal_sm_enable (&world->sm, fuzz_u8 (&world->input) & 1 ? "id" : NULL);
  peal_sm_up (&world->sm);
  world->session++;
  world->linked = TRUE;
}

static void
come_back (World *world, guint event)
{
  cut (world);
  if (!world->sm.id) {
    bind (world, event != UNMANAGED);
  } else if (event == RESUME) {
    world->linked = peal_sm_resume (&world->sm, world->taken, NULL);
    g_assert_true (world->linked || !world->exact);
  } else {
    world->exact &= event == REFUSE;
    peal_sm_refuse (&world->sm, event == REFUSE ? &world->taken : NULL);
    bind (world, event != UNMANAGED);
  }
}

static void
acknowledge (World *world, guint32 h)
{
  guint32 before = world->sm.acked;
  guint carried = peal_sm_unacknowledged (&world->sm);

  if (!world->linked || !world->managed)
    return;
  world->exact &= h == world->taken;
  gboolean good = peal_sm_acknowledge (&world->sm, h, NULL);
  g_assert_true (good == (h - before <= carried));
  if (!good)
    cut (world);
}

static void
happen (World *world, guint event)
{
  switch (event % N_EVENTS) {
  case SAY:
    push (world, PEAL_OUTBOX_LASTING);
    break;
  case ASK:
    push (world, PEAL_OUTBOX_BOUND);
    break;
  case WRITE:
    write_some (world, event / N_EVENTS);
    break;
  case TAKE:
    take_some (world, event / N_EVENTS);
    break;
  case ACKNOWLEDGE:
    acknowledge (world, world->taken);
    break;
  case CUT:
    cut (world);
    break;
  case LIE:
    acknowledge (world, fuzz_u32 (&world->input));
    break;
  default:
    come_back (world, event % N_EVENTS);
  }
  g_assert_cmpuint (world->sm.outbox.queue.length, <=, PEAL_OUTBOX_MOST);
  g_assert_cmpuint (peal_sm_unacknowledged (&world->sm), <=, world->sm.outbox.queue.length);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  World world = { .input = { data, size }, .exact = TRUE };

  peal_sm_init (&world.sm);
  g_queue_init (&world.wire);
  /* Some begin just before the counts wrap. */
  guint32 begin = fuzz_u8 (&world.input) & 1 ? G_MAXUINT32 - 3 : 0;
  bind (&world, TRUE);
  world.sm.acked = world.taken = begin;
  while (world.input.size)
    happen (&world, fuzz_u8 (&world.input));

  /* In the end all is heard. */
  come_back (&world, RESUME);
  if (world.linked && world.exact) {
    write_some (&world, G_MAXUINT);
    take_some (&world, G_MAXUINT);
    g_assert_cmpuint (world.heard, ==, world.said);
  }
  g_queue_clear_full (&world.wire, g_free);
  peal_sm_clear (&world.sm);
  return 0;
}
