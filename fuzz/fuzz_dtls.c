/* Fuzzes DTLS: two honest ends, and somebody on the path who loses, doubles, reorders, changes,
 * cuts and invents records.
 *
 * An input is a command for each datagram on its way, then what is said when it is over. Whatever
 * happens: an end that opened knows the other's keys, and hears nothing that was not said. */
// SPDX-License-Identifier: MIT
#include "fuzz/loopback.h"

#include "transport/dtls.h"
#include "transport/fingerprint.h"

enum { PASS = 0, LOSE, DOUBLE, LATER, CHANGE, CUT, INVENT, N_COMMANDS };
#define MOST_DATAGRAMS 64
#define WORDS          "what the other end says"

typedef struct World World;

typedef struct {
  World *world;
  guint side;
  PealChannel *below, *dtls;
  PealChannelState state;
} End;

struct World {
  FuzzInput input;
  End ends[2];
  GQueue wire; /* of Parcel */
  guint carried;
};

typedef struct {
  guint to;
  GBytes *bytes;
} Parcel;

static void
caught (gpointer user, const PealDatagram *datagram)
{
  End *end = user;
  Parcel *parcel = g_new0 (Parcel, 1);

  parcel->to = !end->side;
  parcel->bytes = g_bytes_new (datagram->data, datagram->length);
  g_queue_push_tail (&end->world->wire, parcel);
}

static void
heard_state (gpointer user, PealChannelState state, const GError *why)
{
  ((End *) user)->state = state;
}

static void
heard (gpointer user, const guint8 *data, gsize length)
{
  g_assert_cmpmem (data, length, WORDS, strlen (WORDS));
}

static const PealChannelEvents events = { .state = heard_state, .datagram = heard };

static void
deliver (End *end, const guint8 *data, gsize length)
{
  g_autofree guint8 *exact = fuzz_copy ((FuzzInput) { data, length });

  peal_channel_deliver (end->below, exact, length);
}

static void
carry (World *world, const Parcel *parcel, guint command)
{
  End *end = &world->ends[parcel->to];
  gsize length;
  const guint8 *data = g_bytes_get_data (parcel->bytes, &length);
  g_autofree guint8 *copy = g_memdup2 (data, length);

  if (command == LOSE || !length)
    return;
  if (command == CHANGE)
    copy[fuzz_u16 (&world->input) % length] ^= (guint8) (1 + fuzz_u8 (&world->input) % 255);
  else if (command == CUT)
    length = fuzz_u16 (&world->input) % length;
  deliver (end, copy, length);
  if (command == DOUBLE)
    deliver (end, copy, length);
  if (command == INVENT) {
    FuzzInput piece = fuzz_take (&world->input, fuzz_u16 (&world->input) % 1500);
    deliver (end, piece.data, piece.size);
  }
}

static void
carry_all (World *world)
{
  for (Parcel *parcel; (parcel = g_queue_pop_head (&world->wire));) {
    guint command = world->input.size ? fuzz_u8 (&world->input) % N_COMMANDS : PASS;
    if (command == LATER && !g_queue_is_empty (&world->wire)) {
      g_queue_push_tail (&world->wire, parcel);
      continue;
    }
    if (world->carried++ < MOST_DATAGRAMS)
      carry (world, parcel, command);
    g_bytes_unref (parcel->bytes);
    g_free (parcel);
  }
}

static void
open_end (World *world, guint side, const GArray *digests)
{
  End *end = &world->ends[side];

  *end = (End) { .world = world, .side = side };
  end->below = fuzz_bottom_new (caught, end);
  end->dtls = peal_dtls_new (end->below, TRUE);
  peal_channel_listen (end->dtls, &events, end);
  peal_dtls_expect (end->dtls, digests);
}

static void
check_keys (World *world)
{
  PealSrtpKeys keys[2];
  gsize key, salt;

  if (world->ends[0].state != PEAL_CHANNEL_OPEN || world->ends[1].state != PEAL_CHANNEL_OPEN)
    return;
  for (guint i = 0; i < 2; i++)
    g_assert_true (peal_dtls_export (world->ends[i].dtls, &keys[i]));
  g_assert_cmpint (keys[0].profile, ==, keys[1].profile);
  g_assert_true (peal_srtp_sizes (keys[0].profile, &key, &salt));
  g_assert_cmpmem (keys[0].local, key + salt, keys[1].remote, key + salt);
  g_assert_cmpmem (keys[1].local, key + salt, keys[0].remote, key + salt);
}

static void
run (gpointer user)
{
  World *world = user;
  g_autoptr(GPtrArray) fingerprints = g_ptr_array_new ();
  PealFingerprint *own = peal_fingerprint_own (PEAL_SETUP_ACTPASS);

  g_ptr_array_add (fingerprints, own);
  g_autoptr(GArray) digests = peal_fingerprint_parse (fingerprints, NULL);
  for (guint side = 0; side < 2; side++)
    open_end (world, side, digests);
  if (fuzz_u8 (&world->input) & 1)
    peal_dtls_start (world->ends[1].dtls, PEAL_DTLS_PASSIVE);
  peal_dtls_start (world->ends[0].dtls, PEAL_DTLS_ACTIVE);
  carry_all (world);
  check_keys (world);
  PealDatagram words = { (const guint8 *) WORDS, strlen (WORDS) };
  for (guint side = 0; side < 2; side++)
    peal_channel_send (world->ends[side].dtls, &words, 1);
  carry_all (world);
  for (guint side = 0; side < 2; side++)
    peal_channel_free (world->ends[side].dtls);
  peal_element_free (&peal_fingerprint_element, own);
  world->carried = MOST_DATAGRAMS; /* close_notify is lost */
  carry_all (world);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  World world = { .input = { data, size } };

  g_queue_init (&world.wire);
  fuzz_on_loop (run, &world);
  return 0;
}
