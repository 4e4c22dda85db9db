/* Two channels that hear each other over a net that loses, doubles, delays and turns round
 * datagrams. */
// SPDX-License-Identifier: MIT
#include "tests/transport/pair.h"

typedef struct Pair Pair;

typedef struct {
  PealChannel channel;
  Pair *pair;
  guint side;
  GRand *rand;
  GQueue travelling; /* of Parcel *, on the way to this end and already on its loop */
} End;

struct Pair {
  gatomicrefcount references; /* ends and parcels between loops */
  PealNet net;
  PealLoop *loops[2];
  End *ends[2]; /* each touched on its own loop only */
};

typedef struct {
  Pair *pair;
  guint to;
  gint64 due;
  PealTimer timer;
  GList *link; /* in travelling */
  gsize length;
  guint8 data[];
} Parcel;

static void
pair_unref (Pair *pair)
{
  if (g_atomic_ref_count_dec (&pair->references))
    g_free (pair);
}

static void
hand_over (gpointer user)
{
  g_autofree Parcel *parcel = user;
  End *end = parcel->pair->ends[parcel->to];

  g_queue_delete_link (&end->travelling, parcel->link);
  peal_channel_deliver (&end->channel, parcel->data, parcel->length);
}

/* On the receiver's loop. */
static void
arrive (gpointer user)
{
  Parcel *parcel = user;
  Pair *pair = parcel->pair;
  End *end = pair->ends[parcel->to];

  if (end) {
    g_queue_push_tail (&end->travelling, parcel);
    parcel->link = end->travelling.tail;
    peal_timer_set (end->channel.loop, &parcel->timer, parcel->due, hand_over, parcel);
  } else {
    g_free (parcel);
  }
  pair_unref (pair);
}

static void
send_one (End *end, const PealDatagram *datagram)
{
  Pair *pair = end->pair;
  const PealNet *net = &pair->net;
  guint copies = g_rand_double (end->rand) < net->duplicate ? 2 : 1;
  g_autofree guint8 *data = g_memdup2 (datagram->data, datagram->length);

  if (net->pass && !net->pass (net->user, end->side, data, datagram->length))
    return;
  if (g_rand_double (end->rand) < net->loss)
    return;
  while (copies--) {
    Parcel *parcel = g_malloc0 (sizeof *parcel + datagram->length);
    guint jitter =
        net->jitter_ms ? (guint) g_rand_int_range (end->rand, 0, (gint32) net->jitter_ms + 1) : 0;

    g_atomic_ref_count_inc (&pair->references);
    parcel->pair = pair;
    parcel->to = !end->side;
    parcel->due = g_get_monotonic_time () + 1000 * (gint64) (net->delay_ms + jitter);
    parcel->length = datagram->length;
    memcpy (parcel->data, data, datagram->length);
    peal_loop_post (pair->loops[parcel->to], arrive, parcel);
  }
}

static guint
pair_send (PealChannel *channel, const PealDatagram *datagrams, guint n)
{
  for (guint i = 0; i < n; i++)
    send_one ((End *) channel, &datagrams[i]);
  return n;
}

static void
pair_free (PealChannel *channel)
{
  End *end = (End *) channel;

  for (Parcel *parcel; (parcel = g_queue_pop_head (&end->travelling));) {
    peal_timer_clear (&parcel->timer);
    g_free (parcel);
  }
  end->pair->ends[end->side] = NULL;
  pair_unref (end->pair);
  g_rand_free (end->rand);
  g_free (end);
}

static const PealChannelClass pair_class = { .name = "pair", .send = pair_send, .free = pair_free };

void
peal_pair_new (PealLoop *left_loop, PealLoop *right_loop, const PealNet *net, PealChannel *ends[2])
{
  Pair *pair = g_new0 (Pair, 1);

  g_atomic_ref_count_init (&pair->references);
  g_atomic_ref_count_inc (&pair->references);
  pair->net = *net;
  pair->loops[0] = left_loop;
  pair->loops[1] = right_loop;
  for (guint side = 0; side < 2; side++) {
    End *end = g_new0 (End, 1);
    end->pair = pair;
    end->side = side;
    end->rand = g_rand_new_with_seed (net->seed + side);
    g_queue_init (&end->travelling);
    peal_channel_init (&end->channel, &pair_class, pair->loops[side], NULL);
    pair->ends[side] = end;
    ends[side] = &end->channel;
  }
}

void
peal_pair_open (PealChannel *end)
{
  peal_channel_enter (end, PEAL_CHANNEL_OPEN, NULL);
}

void
peal_pair_inject (PealChannel *end, gconstpointer data, gsize length)
{
  peal_channel_deliver (end, data, length);
}
