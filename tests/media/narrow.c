/* A way with a narrow place in it, in a time of its own. */
// SPDX-License-Identifier: MIT
#include "tests/media/narrow.h"

#include "tests/lab/path.h"

enum { MS = 1000, NS = 1000, HEADER = 28 + 20, PAYLOAD = 1150, FEEDBACK = 50 * MS };
enum {
  VOICE_BYTES = 130,
  TRANSFER_BYTES = 1400,
  FRAMES = 30,
  OVERTAKEN = 200,
  OVERLONG = 4 * NARROW_SECOND
};

typedef struct {
  guint flow, index;
} Label; /* the first bytes of a frame on the way */

typedef struct {
  gint64 sent, arrived; /* arrived 0: not yet, or never */
  guint bytes;
  gboolean told; /* that it arrived */
} Passage;

typedef struct {
  NarrowKind kind;
  NarrowPeer peer;
  gboolean hush;
  GArray *passages;
  guint highest; /* index of the last that arrived, +1 */
  guint arrived; /* how many did */
  guint told;    /* the first that feedback has not told of */
  gint64 next;   /* voice: packet; picture: frame */
  NarrowCount count;
  double way_sum_ms;

  PealRate rate;
  PealRateReceiver receiver;
  double encoder; /* bit/s that it makes */
  double waiting; /* bytes that the pacer holds */
  gint64 pace;    /* when it may let go the next packet */
  gint64 feedback, report, answer;
  guint reported_highest, reported_arrived;

  double window, threshold; /* the transfer's, in packets */
  guint acked;              /* passages that were looked at */
  guint in_flight;
  gint64 halved;
} Flow;

struct NarrowWorld {
  Path *path;
  GRand *random;
  gint64 now, back; /* µs; how long the peer's word takes */
  Flow flows[NARROW_FLOWS];
  guint n_flows;
};

NarrowWorld *
narrow_new (guint32 seed, const char *words)
{
  NarrowWorld *world = g_new0 (NarrowWorld, 1);

  g_test_message ("seed %u, %s", seed, words);
  world->path = path_new (seed);
  world->random = g_rand_new_with_seed (seed);
  world->now = 1000 * (gint64) NARROW_SECOND;
  world->back = 20 * MS;
  narrow_set (world, words);
  return world;
}

void
narrow_free (NarrowWorld *world)
{
  for (guint i = 0; i < world->n_flows; i++)
    g_array_unref (world->flows[i].passages);
  g_rand_free (world->random);
  path_free (world->path);
  g_free (world);
}

void
narrow_set (NarrowWorld *world, const char *words)
{
  g_autoptr(GError) error = NULL;

  path_set (world->path, words, &error);
  g_assert_no_error (error);
}

static guint
begin (NarrowWorld *world, NarrowKind kind)
{
  g_assert_cmpuint (world->n_flows, <, NARROW_FLOWS);
  world->flows[world->n_flows] = (Flow) {
    .kind = kind,
    .passages = g_array_new (FALSE, FALSE, sizeof (Passage)),
    .next = world->now + g_rand_int_range (world->random, 0, 20 * MS),
    .report = world->now + NARROW_SECOND,
  };
  return world->n_flows++;
}

guint
narrow_picture (NarrowWorld *world, const PealBitrates *limits, guint voice, NarrowPeer peer)
{
  guint index = begin (world, NARROW_PICTURE);
  Flow *flow = &world->flows[index];

  flow->peer = peer;
  flow->encoder = limits->start;
  peal_rate_init_picture (&flow->rate, limits, voice);
  peal_rate_receiver_init (&flow->receiver, 0);
  return index;
}

guint
narrow_voice (NarrowWorld *world)
{
  return begin (world, NARROW_VOICE);
}

guint
narrow_transfer (NarrowWorld *world)
{
  guint index = begin (world, NARROW_TRANSFER);

  world->flows[index].window = 10;
  world->flows[index].threshold = 1000;
  return index;
}

PealRate *
narrow_rate (NarrowWorld *world, guint flow)
{
  return &world->flows[flow].rate;
}

void
narrow_hush (NarrowWorld *world, guint flow, gboolean hush)
{
  world->flows[flow].hush = hush;
}

gint64
narrow_now (const NarrowWorld *world)
{
  return world->now;
}

/* --- what enters --- */

static void
send (NarrowWorld *world, Flow *flow, guint bytes)
{
  Passage passage = { .sent = world->now, .bytes = bytes };
  g_autofree guint8 *data = g_malloc0 (bytes + HEADER);
  Label label = { (guint) (flow - world->flows), flow->passages->len };

  memcpy (data, &label, sizeof label);
  g_array_append_val (flow->passages, passage);
  flow->count.sent++;
  g_autoptr(GBytes) frame = g_bytes_new_take (g_steal_pointer (&data), bytes + HEADER);
  path_take (world->path, frame, world->now * NS);
}

static void
send_picture (NarrowWorld *world, Flow *flow)
{
  if (world->now >= flow->next) {
    double share = g_rand_double_range (world->random, 0.7, 1.3);
    flow->encoder += (flow->rate.bitrate - flow->encoder) * 0.4;
    flow->waiting = flow->rate.paused ? 0 : flow->waiting + share * flow->encoder / 8 / FRAMES;
    flow->next += NARROW_SECOND / FRAMES;
  }
  while (flow->waiting >= 1 && world->now >= flow->pace) {
    guint bytes = (guint) MIN (flow->waiting, PAYLOAD);
    flow->waiting -= bytes;
    send (world, flow, bytes);
    peal_rate_sent (&flow->rate, world->now);
    flow->pace = MAX (flow->pace, world->now - 5 * MS) +
                 (gint64) (bytes * 8.0 * NARROW_SECOND / (2.0 * flow->rate.bitrate));
  }
}

static void
send_transfer (NarrowWorld *world, Flow *flow)
{
  for (; flow->in_flight < (guint) flow->window; flow->in_flight++)
    send (world, flow, TRANSFER_BYTES);
}

static void
send_voice (NarrowWorld *world, Flow *flow)
{
  if (world->now < flow->next)
    return;
  send (world, flow, VOICE_BYTES);
  flow->next += 20 * MS;
}

/* --- what leaves --- */

static void
arrive (NarrowWorld *world, GBytes *frame)
{
  const Label *label = g_bytes_get_data (frame, NULL);
  Flow *flow = &world->flows[label->flow];
  Passage *passage = &g_array_index (flow->passages, Passage, label->index);
  double way_ms = (double) (world->now - passage->sent) / MS;

  passage->arrived = world->now;
  flow->highest = MAX (flow->highest, label->index + 1);
  flow->arrived++;
  flow->count.arrived++;
  flow->count.bytes += passage->bytes;
  flow->count.worst_ms = MAX (flow->count.worst_ms, way_ms);
  flow->way_sum_ms += way_ms;
  if (flow->peer == NARROW_TELLS_ESTIMATES)
    peal_rate_receiver_hear (&flow->receiver, (guint32) (passage->sent * 0.262144) & 0xffffff,
                             passage->bytes, world->now);
}

/* --- what the peer tells --- */

static void
append (GArray *arrivals, const Flow *flow, guint index, gboolean there)
{
  const gint64 clock = 77 * (gint64) NARROW_SECOND; /* the peer's is another */
  const Passage *passage = &g_array_index (flow->passages, Passage, index);
  PealRateArrival arrival = { .sequence = (guint16) index,
                              .bytes = (guint16) passage->bytes,
                              .sent = passage->sent,
                              .arrived = there ? passage->arrived + clock : PEAL_RATE_LOST };

  g_array_append_val (arrivals, arrival);
}

/* Of all that it had when it wrote what comes in now, and that was not told of; what is missing
 * before the last is told as lost, until it comes. */
static void
tell_arrivals (NarrowWorld *world, Flow *flow)
{
  g_autoptr(GArray) arrivals = g_array_new (FALSE, FALSE, sizeof (PealRateArrival));
  gint64 written = world->now - world->back;
  guint end = flow->told, oldest = flow->told > OVERTAKEN ? flow->told - OVERTAKEN : 0;

  for (guint i = flow->told; i < flow->highest; i++) {
    gint64 arrived = g_array_index (flow->passages, Passage, i).arrived;
    if (arrived && arrived <= written)
      end = i + 1;
  }
  for (guint i = oldest; i < end; i++) {
    Passage *passage = &g_array_index (flow->passages, Passage, i);
    gboolean there = passage->arrived && passage->arrived <= written;
    if (i >= flow->told || (there && !passage->told))
      append (arrivals, flow, i, there);
    passage->told = there;
  }
  flow->told = end;
  peal_rate_arrivals (&flow->rate, (const PealRateArrival *) (void *) arrivals->data, arrivals->len,
                      world->now);
}

static void
tell_report (NarrowWorld *world, Flow *flow)
{
  guint expected = flow->highest - flow->reported_highest;
  guint arrived = flow->arrived - flow->reported_arrived;
  const Passage *last =
      flow->highest ? &g_array_index (flow->passages, Passage, flow->highest - 1) : NULL;

  if (!last || expected == 0)
    return;
  PealRtcpBlock block = { .highest = flow->highest,
                          .fraction = (guint8) (256.0 * MAX ((int) (expected - arrived), 0) /
                                                (expected + 1)) };
  flow->reported_highest = flow->highest;
  flow->reported_arrived = flow->arrived;
  peal_rate_hear (&flow->rate, &block, (double) (last->arrived - last->sent + world->back) / MS,
                  world->now);
}

static void
tell (NarrowWorld *world, Flow *flow)
{
  guint64 estimate;

  if (flow->hush)
    return;
  if (flow->peer == NARROW_TELLS_ESTIMATES &&
      (estimate = peal_rate_receiver_tell (&flow->receiver, world->now)) > 0)
    peal_rate_remb (&flow->rate, estimate, world->now);
  if (flow->peer == NARROW_TELLS_ARRIVALS && world->now >= flow->feedback) {
    flow->feedback = world->now + FEEDBACK;
    tell_arrivals (world, flow);
  }
  if (world->now >= flow->report) {
    flow->report = world->now + NARROW_SECOND;
    tell_report (world, flow);
  }
}

/* NewReno: an acknowledgement each packet, a loss is seen by those behind it. */
static void
acknowledge (NarrowWorld *world, Flow *flow)
{
  for (; flow->acked < flow->passages->len; flow->acked++) {
    const Passage *passage = &g_array_index (flow->passages, Passage, flow->acked);
    gboolean lost = !passage->arrived &&
                    (flow->highest > flow->acked + 3 || world->now - passage->sent > OVERLONG);
    if (!lost && (!passage->arrived || passage->arrived + world->back > world->now))
      return;
    flow->in_flight--;
    if (!lost) {
      flow->window += flow->window < flow->threshold ? 1 : 1 / flow->window;
    } else if (passage->sent > flow->halved) { /* once a window */
      flow->halved = world->now;
      flow->window = flow->threshold = MAX (2, flow->window / 2);
    }
  }
}

/* --- time --- */

static void
turn (NarrowWorld *world)
{
  GBytes *frame;

  while ((frame = path_give (world->path, world->now * NS))) {
    arrive (world, frame);
    g_bytes_unref (frame);
  }
  for (guint i = 0; i < world->n_flows; i++) {
    Flow *flow = &world->flows[i];
    if (flow->kind == NARROW_VOICE)
      send_voice (world, flow);
    else if (flow->kind == NARROW_TRANSFER) {
      acknowledge (world, flow);
      send_transfer (world, flow);
    } else {
      send_picture (world, flow);
      tell (world, flow);
      if (world->now % (250 * MS) == 0)
        peal_rate_tick (&flow->rate, world->now);
    }
  }
}

void
narrow_run (NarrowWorld *world, gint64 duration)
{
  for (gint64 end = world->now + duration; world->now < end; world->now += MS)
    turn (world);
}

NarrowCount
narrow_count (NarrowWorld *world, guint flow)
{
  Flow *of = &world->flows[flow];
  NarrowCount count = of->count;

  count.way_ms = count.arrived ? of->way_sum_ms / (double) count.arrived : 0;
  of->count = (NarrowCount) { 0 };
  of->way_sum_ms = 0;
  return count;
}
