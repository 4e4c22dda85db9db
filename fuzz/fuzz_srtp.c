/* Fuzzes SRTP: an honest sender, and somebody on the path who changes, cuts, replays and invents.
 *
 * An input is commands. Whatever they do, the receiver hears only what the sender said, and nothing
 * of it twice. */
// SPDX-License-Identifier: MIT
#include "fuzz/loopback.h"

#include "transport/srtp.h"

enum { SEND = 0, CHANGE, CUT, REPLAY, INVENT, GROW, N_COMMANDS };

typedef struct {
  FuzzInput input;
  PealChannel *sender, *receiver, *below;
  GPtrArray *said; /* of GBytes: in clear */
  GPtrArray *wire; /* of GBytes: as protected */
  GHashTable *heard;
} World;

static void
caught (gpointer user, const PealDatagram *datagram)
{
  World *world = user;

  g_ptr_array_add (world->wire, g_bytes_new (datagram->data, datagram->length));
}

static void
heard_state (gpointer user, PealChannelState state, const GError *why)
{
}

static void
heard (gpointer user, const guint8 *data, gsize length)
{
  World *world = user;
  g_autoptr(GBytes) bytes = g_bytes_new (data, length);
  gboolean honest = FALSE;

  for (guint i = 0; i < world->said->len && !honest; i++)
    honest = g_bytes_equal (bytes, world->said->pdata[i]);
  g_assert_true (honest);
  g_assert_true (g_hash_table_add (world->heard, g_steal_pointer (&bytes)));
}

static const PealChannelEvents events = { .state = heard_state, .datagram = heard };

/* An RTP packet or a report of a length of its own; each has another number in it. */
static void
say (World *world)
{
  guint wishes = fuzz_u8 (&world->input), number = world->said->len;
  gsize length = 16 + wishes % 64 * 4;
  g_autofree guint8 *data = g_malloc0 (length);
  gboolean report = wishes & 0x80;

  data[0] = 0x80;
  data[1] = report ? 200 : 111;
  data[2] = (guint8) (report ? (length / 4 - 1) >> 8 : number >> 8);
  data[3] = (guint8) (report ? length / 4 - 1 : number);
  data[report ? 7 : 11] = (guint8) (wishes >> 6 & 1); /* one of two senders */
  data[12] = (guint8) (number >> 8);
  data[13] = (guint8) number;
  PealDatagram datagram = { data, length };
  g_ptr_array_add (world->said, g_bytes_new (data, length));
  peal_channel_send (world->sender, &datagram, 1);
}

static void
deliver (World *world, const guint8 *data, gsize length)
{
  g_autofree guint8 *exact = fuzz_copy ((FuzzInput) { data, length });

  peal_channel_deliver (world->below, exact, length);
}

/* Delivers a datagram of the wire, spoilt as @command says. */
static void
spoil (World *world, guint command)
{
  if (!world->wire->len)
    return;
  gsize length;
  guint which = fuzz_u8 (&world->input) % world->wire->len;
  const guint8 *data = g_bytes_get_data (world->wire->pdata[which], &length);
  g_autofree guint8 *copy = g_malloc0 (length + 256);
  guint at = fuzz_u16 (&world->input);

  memcpy (copy, data, length);
  if (command == CHANGE)
    copy[at % length] ^= (guint8) fuzz_u8 (&world->input);
  else if (command == CUT)
    length = at % length;
  else if (command == GROW)
    length += at % 256;
  deliver (world, copy, length);
}

static void
obey (World *world)
{
  guint command = fuzz_u8 (&world->input) % N_COMMANDS;

  if (command == SEND) {
    say (world);
  } else if (command == INVENT) {
    FuzzInput piece = fuzz_take (&world->input, fuzz_u8 (&world->input));
    deliver (world, piece.data, piece.size);
  } else {
    spoil (world, command);
  }
}

static void
run (gpointer user)
{
  World *world = user;
  static const PealSrtpProfile profiles[] = { PEAL_SRTP_AES128_CM_SHA1_80,
                                              PEAL_SRTP_AEAD_AES_128_GCM,
                                              PEAL_SRTP_AEAD_AES_256_GCM };
  PealSrtpKeys keys = { .profile = profiles[fuzz_u8 (&world->input) % G_N_ELEMENTS (profiles)] };
  PealSrtpKeys crosswise = { .profile = keys.profile };

  memset (keys.local, 'l', sizeof keys.local);
  memset (keys.remote, 'r', sizeof keys.remote);
  memset (crosswise.local, 'r', sizeof keys.local);
  memset (crosswise.remote, 'l', sizeof keys.remote);
  world->below = fuzz_bottom_new (NULL, NULL);
  world->receiver = peal_srtp_new (world->below);
  world->sender = peal_srtp_new (fuzz_bottom_new (caught, world));
  g_assert_true (peal_srtp_set_keys (world->sender, &keys, NULL));
  g_assert_true (peal_srtp_set_keys (world->receiver, &crosswise, NULL));
  peal_srtp_let_in (world->receiver);
  peal_channel_listen (world->receiver, &events, world);
  while (world->input.size)
    obey (world);
  peal_channel_free (world->sender);
  peal_channel_free (world->receiver);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  World world = {
    .input = { data, size },
    .said = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref),
    .wire = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref),
    .heard =
        g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL),
  };

  fuzz_on_loop (run, &world);
  g_hash_table_unref (world.heard);
  g_ptr_array_unref (world.wire);
  g_ptr_array_unref (world.said);
  return 0;
}
