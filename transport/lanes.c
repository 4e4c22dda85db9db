/* Hands out the lanes of a transport's contents, and splits what arrives among them. */
// SPDX-License-Identifier: MIT
#include "transport/lanes.h"

#include "transport/demux.h"

#include <string.h>

#define RTP_HEADER 12
#define SSRCS      64 /* senders remembered by content; more are sorted by payload type each time */
#define UNCLAIMED  PEAL_CHANNEL_EARLY    /* datagrams: a lane keeps no more of them either */
#define PATIENCE   (10 * G_USEC_PER_SEC) /* older ones would only disturb whoever gets them */
#define GONE       8
#define MTU_UNOPENED                                                                               \
  (PEAL_CHANNEL_MTU - 40) /* until the carrier tells: it adds no more than that */

typedef struct Content Content;

typedef struct {
  PealChannel channel;
  PealLanes *lanes;
  PealLane which;
} Lane;

struct Content {
  char *name;
  Lane lanes[PEAL_N_LANES];
  gboolean hinted;
  PealLaneHints hints;
};

/* Nobody claims it yet: the newest few of RTP. */
typedef struct {
  GBytes *datagram; /* NULL: none */
  gint64 at;
} Unclaimed;

typedef struct {
  PealLanes *lanes;
  PealLane which;
  PealChannel *channel; /* owned; NULL until attached */
} Carrier;

struct PealLanes {
  PealLoop *loop;
  const PealLanesEvents *events;
  gpointer user;
  gboolean two_components;
  Carrier carriers[PEAL_N_LANES];
  GPtrArray *contents; /* of Content * */
  GError *failed;

  guint n_ssrcs;
  struct {
    guint32 ssrc;
    Content *content;
  } ssrcs[SSRCS]; /* learnt from packets; what signaling told is in the contents */
  Unclaimed unclaimed[UNCLAIMED];
  guint next_unclaimed;
  guint32 gone[GONE]; /* senders of contents that left: their last packets wait for nobody */
  guint n_gone;
};

/* --- which content a packet of RTP belongs to --- */

static Content *
find_content (PealLanes *lanes, const char *name, gsize length)
{
  for (guint i = 0; i < lanes->contents->len; i++) {
    Content *content = lanes->contents->pdata[i];
    if (strlen (content->name) == length && memcmp (content->name, name, length) == 0)
      return content;
  }
  return NULL;
}

/* RFC 8285: elements of one byte (0xBEDE) or two bytes (0x100x) of header. */
static const guint8 *
find_extension (const guint8 *data, gsize length, guint8 id, gsize *found)
{
  gsize at = RTP_HEADER + 4 * (gsize) (data[0] & 15);

  if (!(data[0] & 0x10) || length < at + 4)
    return NULL;
  guint profile = data[at] << 8 | data[at + 1];
  gsize end = at + 4 + 4 * (gsize) (data[at + 2] << 8 | data[at + 3]);
  gboolean short_form = profile == 0xbede;
  if (end > length || (!short_form && (profile & 0xfff0) != 0x1000))
    return NULL;

  for (at += 4; at < end;) {
    if (data[at] == 0) { /* padding */
      at++;
      continue;
    }
    guint8 element = short_form ? data[at] >> 4 : data[at];
    if (!short_form && at + 1 >= end)
      return NULL;
    *found = short_form ? (data[at] & 15) + 1 : data[at + 1];
    at += short_form ? 1 : 2;
    if (at + *found > end || (short_form && element == 15))
      return NULL;
    if (element == id)
      return data + at;
    at += *found;
  }
  return NULL;
}

static void
remember (PealLanes *lanes, guint32 ssrc, Content *content)
{
  for (guint i = 0; i < lanes->n_ssrcs; i++)
    if (lanes->ssrcs[i].ssrc == ssrc) {
      lanes->ssrcs[i].content = content;
      return;
    }
  if (lanes->n_ssrcs < SSRCS) {
    lanes->ssrcs[lanes->n_ssrcs].ssrc = ssrc;
    lanes->ssrcs[lanes->n_ssrcs++].content = content;
  }
}

static void
forget (PealLanes *lanes, const Content *content)
{
  guint kept = 0;

  for (guint i = 0; i < lanes->n_ssrcs; i++)
    if (lanes->ssrcs[i].content != content)
      lanes->ssrcs[kept++] = lanes->ssrcs[i];
    else
      lanes->gone[lanes->n_gone++ % GONE] = lanes->ssrcs[i].ssrc;
  lanes->n_ssrcs = kept;
}

/* A MID is a content's name (XEP-0338 §2). @foreign: there is one, of no content we have. */
static Content *
by_mid (PealLanes *lanes, const PealDatagram *rtp, gboolean *foreign)
{
  gsize length;

  *foreign = FALSE;
  for (guint i = 0; i < lanes->contents->len; i++) {
    const Content *content = lanes->contents->pdata[i];
    guint8 id = content->hints.mid_id;
    const guint8 *mid = id ? find_extension (rtp->data, rtp->length, id, &length) : NULL;
    if (!mid)
      continue;
    Content *named = find_content (lanes, (const char *) mid, length);
    *foreign = !named;
    return named;
  }
  return NULL;
}

/* What was told stands above what was learnt. */
static Content *
by_ssrc (PealLanes *lanes, guint32 ssrc)
{
  for (guint i = 0; i < lanes->contents->len; i++) {
    Content *content = lanes->contents->pdata[i];
    for (guint n = 0; n < content->hints.n_ssrcs; n++)
      if (content->hints.ssrcs[n] == ssrc)
        return content;
  }
  for (guint i = 0; i < lanes->n_ssrcs; i++)
    if (lanes->ssrcs[i].ssrc == ssrc)
      return lanes->ssrcs[i].content;
  return NULL;
}

/* Only a type that one content alone has says anything. */
static Content *
by_payload (PealLanes *lanes, guint8 type)
{
  Content *found = NULL;

  for (guint i = 0; i < lanes->contents->len; i++) {
    Content *content = lanes->contents->pdata[i];
    if (!(content->hints.payloads[type / 32] & 1u << type % 32))
      continue;
    if (found)
      return NULL;
    found = content;
  }
  return found;
}

/* RFC 8843 §9.2. A MID that no content has does not make us deaf: some peers' MIDs are not the
 * names of contents. But what it leads to is not remembered: its content may be to come. */
static Content *
content_of (PealLanes *lanes, const PealDatagram *rtp)
{
  Content *only = lanes->contents->len == 1 ? lanes->contents->pdata[0] : NULL;
  gboolean foreign;
  guint32 ssrc;

  if (only && !only->hinted)
    return only;
  if (rtp->length < RTP_HEADER)
    return NULL;
  memcpy (&ssrc, rtp->data + 8, sizeof ssrc);
  ssrc = GUINT32_FROM_BE (ssrc);

  Content *named = by_mid (lanes, rtp, &foreign);
  Content *known = named ? NULL : by_ssrc (lanes, ssrc);
  if (known)
    return known;
  Content *content = named ? named : by_payload (lanes, rtp->data[1] & 127);
  if (content && !foreign)
    remember (lanes, ssrc, content);
  return content;
}

/* --- up --- */

static void
take_back (Unclaimed *unclaimed)
{
  g_clear_pointer (&unclaimed->datagram, g_bytes_unref);
}

static gboolean
is_gone (const PealLanes *lanes, const PealDatagram *rtp)
{
  guint32 ssrc;

  if (rtp->length < RTP_HEADER)
    return TRUE;
  memcpy (&ssrc, rtp->data + 8, sizeof ssrc);
  for (guint i = 0; i < MIN (lanes->n_gone, GONE); i++)
    if (lanes->gone[i] == GUINT32_FROM_BE (ssrc))
      return TRUE;
  return FALSE;
}

/* The newest stay: what comes right before its content is told about is worth most. */
static void
put_by (PealLanes *lanes, const PealDatagram *rtp)
{
  gboolean gone = is_gone (lanes, rtp);
  Unclaimed *unclaimed = &lanes->unclaimed[lanes->next_unclaimed % UNCLAIMED];

  if (gone || unclaimed->datagram)
    lanes->carriers[PEAL_LANE_RTP].channel->dropped++;
  if (gone)
    return;
  lanes->next_unclaimed++;
  take_back (unclaimed);
  *unclaimed = (Unclaimed) { g_bytes_new (rtp->data, rtp->length), peal_loop_now (lanes->loop) };
}

static gboolean
deliver_rtp (PealLanes *lanes, const PealDatagram *rtp)
{
  Content *content = content_of (lanes, rtp);

  if (content)
    peal_channel_deliver (&content->lanes[PEAL_LANE_RTP].channel, rtp->data, rtp->length);
  return content != NULL;
}

/* Somebody may claim it now. */
static void
offer_unclaimed (PealLanes *lanes)
{
  for (guint i = 0; i < UNCLAIMED; i++) {
    Unclaimed *unclaimed = &lanes->unclaimed[(lanes->next_unclaimed + i) % UNCLAIMED];
    PealDatagram rtp = { 0 };
    if (!unclaimed->datagram)
      continue;
    rtp.data = g_bytes_get_data (unclaimed->datagram, &rtp.length);
    if (peal_loop_now (lanes->loop) - unclaimed->at > PATIENCE || deliver_rtp (lanes, &rtp))
      take_back (unclaimed);
  }
}

static void
carrier_datagram (gpointer user, const guint8 *data, gsize length)
{
  Carrier *carrier = user;
  PealLanes *lanes = carrier->lanes;
  PealLane which = carrier->which == PEAL_LANE_DATA    ? PEAL_LANE_DATA
                   : peal_demux_is_rtcp (data, length) ? PEAL_LANE_RTCP
                                                       : PEAL_LANE_RTP;

  if (which == PEAL_LANE_RTP) {
    PealDatagram rtp = { data, length };
    if (!deliver_rtp (lanes, &rtp))
      put_by (lanes, &rtp);
    return;
  }
  /* A compound packet may speak of several contents: each picks out what is its own. */
  for (guint i = 0; i < lanes->contents->len; i++) {
    Content *content = lanes->contents->pdata[i];
    peal_channel_deliver (&content->lanes[which].channel, data, length);
  }
}

static Carrier *
carrier_of (PealLanes *lanes, PealLane which)
{
  return &lanes
              ->carriers[which == PEAL_LANE_RTCP && !lanes->two_components ? PEAL_LANE_RTP : which];
}

/* Brings a lane to where its carrier is. */
static void
follow (PealLanes *lanes, Lane *lane)
{
  const PealChannel *channel = carrier_of (lanes, lane->which)->channel;

  if (channel)
    lane->channel.mtu = channel->mtu;
  if (lanes->failed)
    peal_channel_enter (&lane->channel, PEAL_CHANNEL_CLOSED, lanes->failed);
  else if (channel && channel->state != PEAL_CHANNEL_OPENING)
    peal_channel_enter (&lane->channel, channel->state, channel->why);
}

static void
follow_all (PealLanes *lanes)
{
  for (guint i = 0; i < lanes->contents->len; i++) {
    Content *content = lanes->contents->pdata[i];
    for (guint which = 0; which < PEAL_N_LANES; which++)
      follow (lanes, &content->lanes[which]);
  }
}

static void
carrier_state (gpointer user, PealChannelState state, const GError *why)
{
  Carrier *carrier = user;
  PealLanes *lanes = carrier->lanes;

  follow_all (lanes);
  if (lanes->events && lanes->events->state)
    lanes->events->state (lanes->user, carrier->which, state, why);
}

/* Before there is a content the carrier itself keeps what comes early. */
static const PealChannelEvents waiting_events = { .state = carrier_state };
static const PealChannelEvents carrier_events = { .state = carrier_state,
                                                  .datagram = carrier_datagram };

static void
listen (Carrier *carrier)
{
  const PealChannelEvents *events =
      carrier->lanes->contents->len ? &carrier_events : &waiting_events;

  if (carrier->channel && carrier->channel->events != events)
    peal_channel_listen (carrier->channel, events, carrier);
}

/* --- down --- */

static guint
lane_send (PealChannel *channel, const PealDatagram *datagrams, guint n)
{
  Lane *lane = (Lane *) channel;

  return peal_channel_send (carrier_of (lane->lanes, lane->which)->channel, datagrams, n);
}

/* The content holds it. */
static void
lane_free (PealChannel *channel)
{
}

static const PealChannelClass lane_classes[PEAL_N_LANES] = {
  [PEAL_LANE_RTP] = { .name = "lane:rtp", .send = lane_send, .free = lane_free },
  [PEAL_LANE_RTCP] = { .name = "lane:rtcp", .send = lane_send, .free = lane_free },
  [PEAL_LANE_DATA] = { .name = "lane:data", .send = lane_send, .free = lane_free },
};

/* --- making --- */

static void
content_free (gpointer user)
{
  g_autofree Content *content = user;

  for (guint i = 0; i < PEAL_N_LANES; i++)
    peal_channel_free (&content->lanes[i].channel);
  g_free (content->name);
}

PealLanes *
peal_lanes_new (PealLoop *loop, gboolean two_components, const PealLanesEvents *events,
                gpointer user)
{
  PealLanes *lanes = g_new0 (PealLanes, 1);

  lanes->loop = loop;
  lanes->two_components = two_components;
  lanes->events = events;
  lanes->user = user;
  lanes->contents = g_ptr_array_new_with_free_func (content_free);
  for (guint i = 0; i < PEAL_N_LANES; i++)
    lanes->carriers[i] = (Carrier) { .lanes = lanes, .which = i };
  return lanes;
}

void
peal_lanes_attach (PealLanes *lanes, PealLane which, PealChannel *channel)
{
  Carrier *carrier = &lanes->carriers[which];

  g_assert (!carrier->channel);
  carrier->channel = channel;
  follow_all (lanes); /* the mtu */
  listen (carrier);
}

static Content *
need_content (PealLanes *lanes, const char *name)
{
  Content *content = find_content (lanes, name, strlen (name));

  if (content)
    return content;
  content = g_new0 (Content, 1);
  content->name = g_strdup (name);
  for (guint i = 0; i < PEAL_N_LANES; i++) {
    Lane *lane = &content->lanes[i];
    lane->lanes = lanes;
    lane->which = i;
    peal_channel_init (&lane->channel, &lane_classes[i], lanes->loop, NULL);
    lane->channel.mtu = MTU_UNOPENED;
    follow (lanes, lane);
  }
  g_ptr_array_add (lanes->contents, content);
  for (guint i = 0; i < PEAL_N_LANES; i++)
    listen (&lanes->carriers[i]);
  return content;
}

PealChannel *
peal_lanes_get (PealLanes *lanes, const char *content, PealLane lane)
{
  return &need_content (lanes, content)->lanes[lane].channel;
}

void
peal_lanes_fail (PealLanes *lanes, const GError *why)
{
  if (!lanes->failed)
    lanes->failed = g_error_copy (why);
  follow_all (lanes);
}

static void
dismiss (PealLanes *lanes, const char *name)
{
  Content *content = find_content (lanes, name, strlen (name));

  if (!content)
    return;
  forget (lanes, content);
  g_ptr_array_remove (lanes->contents, content);
  for (guint i = 0; i < PEAL_N_LANES; i++)
    listen (&lanes->carriers[i]);
}

void
peal_lanes_hint (PealLanes *lanes, const char *name, const PealLaneHints *hints)
{
  g_assert (peal_loop_is_current (lanes->loop));
  if (!hints) {
    dismiss (lanes, name);
    return;
  }
  Content *content = need_content (lanes, name);
  content->hints = *hints;
  content->hints.n_ssrcs = MIN (hints->n_ssrcs, G_N_ELEMENTS (hints->ssrcs));
  content->hinted = hints->n_ssrcs || hints->payloads[0] || hints->payloads[1] ||
                    hints->payloads[2] || hints->payloads[3];
  offer_unclaimed (lanes);
}

void
peal_lanes_free (PealLanes *lanes)
{
  if (!lanes)
    return;
  for (guint i = 0; i < PEAL_N_LANES; i++)
    peal_channel_free (lanes->carriers[i].channel);
  for (guint i = 0; i < UNCLAIMED; i++)
    take_back (&lanes->unclaimed[i]);
  g_ptr_array_unref (lanes->contents);
  g_clear_error (&lanes->failed);
  g_free (lanes);
}
