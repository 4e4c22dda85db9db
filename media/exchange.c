/* One content on its loop: its lanes, what is sent, what is heard, reports, and silence where no
 * sound comes. */
// SPDX-License-Identifier: MIT
#include "media/exchange.h"

#include <math.h>
#include <string.h>

#include "media/clip.h"
#include "media/dtmf_sender.h"
#include "media/rate.h"
#include "media/receiver.h"
#include "media/sender.h"

enum { MS = 1000, SECOND = 1000 * MS };
enum {
  FRAME = PEAL_FRAME_MS * MS,
  FIRST_PATIENCE = 40 * MS, /* for an engine that was prepared to deliver its first packet */
  PATIENCE = 100 * MS,      /* for its next one; */
  SPARING = 500 * MS,       /* if it may keep silent, which Opus interrupts each 400 ms; */
  KEYS_PATIENCE = 50 * MS,  /* while there are keys to be said, whose frames it gives */
  PEER_PATIENCE = SECOND,   /* for its first packet: it hears nothing before, perhaps */
  SECOND_REPORT = 200 * MS, /* after the first: carries the peer's first sender report back */
  MOST_A_SECOND = 1000,     /* packets that are passed on to be played */
};
enum { TOLD = 8 }; /* sender reports that an answer may be about */
enum { ENGINE_PIPELINE = 1, ENGINE_SILENCE };

/* Where the next packet comes from. */
typedef enum {
  SHUT = 0, /* the lane is not open; nothing can leave */
  WAITING,  /* the engine delivers; after its patience silence takes over */
  FILLING,  /* silence every 20 ms, until the engine delivers */
} Filling;

struct PealExchange {
  PealLoop *loop;
  PealChannel *rtp, *rtcp;
  const PealExchangeEvents *events;
  gpointer user;
  PealSender sender;
  PealReceiver receiver;
  PealDtmfSender keys;
  PealDtmfReceiver keys_heard;
  guint clocks[128]; /* of keys, by payload type; 0: it is another's */
  guint8 keys_type;
  PealTimer quiet; /* for a key whose end does not come */
  gint64 opened;   /* when the lane did, µs */
  PealRate rate;
  gboolean steered; /* the codec has a rate that can be chosen */
  gint64 patience;  /* for an engine's next packet, µs */
  const PealClip *silence;
  guint32 silence_timestamp;
  Filling filling;
  gboolean engine, send, receive, muted, held;
  gint64 due;       /* of @next */
  PealTimer next;   /* of the filling state: the engine's deadline, or the next frame of silence */
  PealTimer report; /* RTCP */
  PealTimer second;
  gint64 second_due;
  guint passed_on; /* packets within this second */
  double rtt_ms;
  guint32 told[TOLD]; /* the times of our last sender reports, as they come back */
  guint n_told;
  char cname[17]; /* RFC 7022 §4.2: short-term, 96 random bits */
};

static void fill (gpointer user);

static void
enter (PealExchange *exchange, Filling filling, gint64 due)
{
  exchange->filling = filling;
  exchange->due = due;
  peal_timer_set (exchange->loop, &exchange->next, due, fill, exchange);
}

/* --- what leaves --- */

static void
put_silence (PealExchange *exchange, PealFrame *frame)
{
  frame->payload = g_bytes_get_data (exchange->silence->payloads->pdata[0], &frame->length);
}

/* Who listens to a record of it hears silence: @place is the stream's, and free or @taken. */
static void
send_key (PealExchange *exchange, const PealDtmfStep *step, PealPacket *place)
{
  guint8 bytes[PEAL_PACKET_MAX];
  PealPacket packet = {
    .payload_type = exchange->keys_type,
    .marker = step->marker,
    .timestamp = step->timestamp,
    .payload = step->payload,
    .length = sizeof step->payload,
  };

  place->sequence = exchange->sender.sequence;
  PealDatagram datagram = {
    .data = bytes,
    .length = peal_sender_write_packet (&exchange->sender, &packet, peal_loop_now (exchange->loop),
                                        bytes),
  };
  peal_channel_send (exchange->rtp, &datagram, 1);
  datagram.length = peal_packet_write (place, bytes);
  exchange->events->sent (exchange->user, &datagram);
}

/* Whether the peer may be expected to hear: what it cannot decrypt yet is lost. */
static gboolean
peer_hears (const PealExchange *exchange)
{
  return exchange->receiver.known ||
         peal_loop_now (exchange->loop) - exchange->opened >= PEER_PATIENCE;
}

/* What waits to be said has its turn. FALSE: it takes the frame's place. */
static gboolean
let_keys_pass (PealExchange *exchange, PealFrame *frame)
{
  PealDtmfStep step;

  if (!peal_dtmf_sender_is_busy (&exchange->keys) || !peer_hears (exchange))
    return TRUE;
  guint32 timestamp = peal_sender_place (&exchange->sender, frame, peal_loop_now (exchange->loop));
  peal_dtmf_sender_step (&exchange->keys, timestamp, &step);
  if (step.frame != PEAL_DTMF_SOUND)
    put_silence (exchange, frame);
  if (step.packet) {
    gboolean taken = step.frame != PEAL_DTMF_NOTHING;
    send_key (exchange, &step,
              &(PealPacket) { .payload_type = exchange->sender.payload_type,
                              .timestamp = timestamp,
                              .ssrc = exchange->sender.ssrc,
                              .payload = frame->payload,
                              .length = taken ? 0 : frame->length });
  }
  return step.frame != PEAL_DTMF_NOTHING;
}

/* Nothing may leave now. What was to be said would come at another time than it was meant for. */
static void
keep_back (PealExchange *exchange)
{
  peal_sender_pause (&exchange->sender);
  if (exchange->filling == SHUT || !peal_dtmf_sender_is_busy (&exchange->keys))
    return;
  g_autofree char *keys = peal_dtmf_sender_stop (&exchange->keys);
  exchange->events->unsaid (exchange->user, keys);
}

static void
send_frame (PealExchange *exchange, PealFrame *frame)
{
  guint8 bytes[PEAL_PACKET_MAX];

  if (!exchange->send || exchange->held || exchange->filling == SHUT) {
    keep_back (exchange);
    return;
  }
  if (!let_keys_pass (exchange, frame))
    return;
  PealDatagram datagram = {
    .data = bytes,
    .length = peal_sender_write (&exchange->sender, frame, peal_loop_now (exchange->loop), bytes),
  };
  if (datagram.length == 0)
    return;
  peal_channel_send (exchange->rtp, &datagram, 1);
  exchange->events->sent (exchange->user, &datagram);
}

static void
fill (gpointer user)
{
  PealExchange *exchange = user;
  gint64 now = peal_loop_now (exchange->loop);
  PealFrame frame = { .engine = ENGINE_SILENCE, .timestamp = exchange->silence_timestamp };

  put_silence (exchange, &frame);
  send_frame (exchange, &frame);
  exchange->silence_timestamp += exchange->sender.frame;
  /* Keeps to its own grid; after a long sleep it begins a new one instead of hurrying. */
  gint64 due =
      exchange->filling == FILLING && now - exchange->due < 5 * FRAME ? exchange->due : now;
  enter (exchange, FILLING, due + FRAME);
}

void
peal_exchange_send (PealExchange *exchange, const PealPacket *packet)
{
  PealFrame frame = {
    .engine = ENGINE_PIPELINE,
    .timestamp = packet->timestamp,
    .payload = packet->payload,
    .length = packet->length,
  };

  if (exchange->filling == SHUT)
    return;
  if (exchange->muted)
    put_silence (exchange, &frame);
  send_frame (exchange, &frame);
  gint64 patience = peal_dtmf_sender_is_busy (&exchange->keys) ? KEYS_PATIENCE : exchange->patience;
  enter (exchange, WAITING, peal_loop_now (exchange->loop) + patience);
}

gboolean
peal_exchange_dial (PealExchange *exchange, const char *keys, guint tone_ms)
{
  gint64 soon = peal_loop_now (exchange->loop) + KEYS_PATIENCE;

  g_assert (exchange->keys.clock_rate > 0);
  if (!peal_dtmf_sender_add (&exchange->keys, keys, tone_ms))
    return FALSE;
  if (exchange->filling == WAITING && exchange->due > soon)
    enter (exchange, WAITING, soon);
  return TRUE;
}

void
peal_exchange_engine_ended (PealExchange *exchange)
{
  exchange->engine = FALSE;
  if (exchange->filling == WAITING)
    enter (exchange, FILLING, MAX (peal_loop_now (exchange->loop), exchange->sender.at + FRAME));
}

/* --- reports --- */

static void
say (PealExchange *exchange, gboolean bye)
{
  guint8 bytes[PEAL_RTCP_MAX];
  PealRtcpReport report = { .cname = exchange->cname, .bye = bye };
  gint64 now = peal_loop_now (exchange->loop);

  if (!exchange->rtcp)
    return;
  peal_sender_report (&exchange->sender, now, g_get_real_time (), &report);
  report.has_block = peal_receiver_block (&exchange->receiver, now, &report.block);
  if (report.sending)
    exchange->told[exchange->n_told++ % TOLD] = (guint32) (report.ntp >> 16);
  PealDatagram datagram = { .data = bytes, .length = peal_rtcp_write (&report, bytes) };
  peal_channel_send (exchange->rtcp, &datagram, 1);
}

static void
report_again (gpointer user)
{
  PealExchange *exchange = user;

  say (exchange, FALSE);
  /* RFC 3550 §6.2: at random, so that the two sides do not fall into step. */
  gint64 pause = (gint64) (SECOND * g_random_double_range (0.5, 1.5));
  peal_timer_set (exchange->loop, &exchange->report, peal_loop_now (exchange->loop) + pause,
                  report_again, exchange);
}

/* A report about a time that we never told is made up. */
static gboolean
was_told (const PealExchange *exchange, guint32 time)
{
  for (guint i = 0; i < MIN (exchange->n_told, TOLD); i++)
    if (exchange->told[i] == time)
      return TRUE;
  return FALSE;
}

static void
heard_report (gpointer user, const guint8 *data, gsize length)
{
  PealExchange *exchange = user;
  PealRtcpHeard heard;

  peal_rtcp_read (data, length, exchange->sender.ssrc,
                  &heard); /* what stood before a fault still counts */
  peal_receiver_heard_report (&exchange->receiver, &heard, peal_loop_now (exchange->loop));
  double rtt_ms = heard.has_block && was_told (exchange, heard.block.last_sr)
                      ? peal_receiver_round_trip (&heard.block, g_get_real_time ())
                      : -1;
  if (rtt_ms >= 0)
    exchange->rtt_ms = rtt_ms;
  if (heard.has_block && exchange->steered &&
      peal_rate_hear (&exchange->rate, &heard.block, rtt_ms, peal_loop_now (exchange->loop)) &&
      exchange->events->rate)
    exchange->events->rate (exchange->user, exchange->rate.bitrate, exchange->rate.loss_percent);
}

/* --- what arrives --- */

static void keys_are_quiet (gpointer user);

/* Tells what is ready, and waits for the end of what is still pressed. */
static void
tell_keys (PealExchange *exchange)
{
  PealDtmfHeard heard;
  gint64 deadline = peal_dtmf_receiver_deadline (&exchange->keys_heard);

  while (peal_dtmf_receiver_next (&exchange->keys_heard, &heard))
    if (exchange->receive)
      exchange->events->key (exchange->user, &heard);
  if (deadline == G_MAXINT64)
    peal_timer_clear (&exchange->quiet);
  else
    peal_timer_set (exchange->loop, &exchange->quiet, deadline, keys_are_quiet, exchange);
}

static void
keys_are_quiet (gpointer user)
{
  PealExchange *exchange = user;

  peal_dtmf_receiver_tick (&exchange->keys_heard, peal_loop_now (exchange->loop));
  tell_keys (exchange);
}

/* Packets of keys count as those of the stream they are; their place is what jitter is measured by,
 * since all of a key have one timestamp. FALSE: it is none of the stream. */
static gboolean
count (PealExchange *exchange, const PealPacket *packet, PealPacket *place, gboolean *taken)
{
  guint clock_rate = exchange->clocks[packet->payload_type];
  gint64 now = peal_loop_now (exchange->loop);

  *place = *packet;
  if (clock_rate)
    *taken =
        !peal_dtmf_receiver_place (&exchange->keys_heard, packet, clock_rate, &place->timestamp);
  if (!peal_receiver_hear (&exchange->receiver, place, now))
    return FALSE;
  peal_dtmf_receiver_hear (&exchange->keys_heard, packet, clock_rate, now);
  return TRUE;
}

static void
heard_packet (gpointer user, const guint8 *data, gsize length)
{
  PealExchange *exchange = user;
  PealPacket packet, place;
  gboolean taken = FALSE;

  if (length > PEAL_PACKET_MAX || !peal_packet_read (&packet, data, length) ||
      !count (exchange, &packet, &place, &taken))
    return;
  tell_keys (exchange);
  if (!exchange->receive || exchange->held || exchange->passed_on++ >= MOST_A_SECOND)
    return;
  if (exchange->clocks[packet.payload_type])
    exchange->events->passed (exchange->user, &place, taken);
  else
    exchange->events->heard (exchange->user, &packet,
                             &(PealDatagram) { .data = data, .length = length });
}

static void
lane_changed (gpointer user, PealChannelState state, const GError *why)
{
  PealExchange *exchange = user;
  gint64 now = peal_loop_now (exchange->loop);

  if (state == PEAL_CHANNEL_CLOSED) {
    exchange->filling = SHUT;
    peal_timer_clear (&exchange->next);
    peal_timer_clear (&exchange->report);
    return;
  }
  if (state != PEAL_CHANNEL_OPEN || exchange->filling != SHUT)
    return;
  exchange->opened = now;
  enter (exchange, WAITING, exchange->engine ? now + FIRST_PATIENCE : now);
  say (exchange, FALSE);
  peal_timer_set (exchange->loop, &exchange->report, now + SECOND_REPORT, report_again, exchange);
  exchange->events->open (exchange->user);
  if (!exchange->engine)
    fill (exchange);
}

/* The other lane opens with the first one or a moment later; the next report finds it. */
static void
report_lane_changed (gpointer user, PealChannelState state, const GError *why)
{
  PealExchange *exchange = user;

  if (state == PEAL_CHANNEL_OPEN && exchange->filling != SHUT)
    say (exchange, FALSE);
}

static void
one_more_second (gpointer user)
{
  PealExchange *exchange = user;

  exchange->passed_on = 0;
  exchange->second_due += SECOND;
  peal_timer_set (exchange->loop, &exchange->second, exchange->second_due, one_more_second,
                  exchange);
  exchange->events->second (exchange->user);
}

static const PealChannelEvents rtp_events = { .state = lane_changed, .datagram = heard_packet };
static const PealChannelEvents rtcp_events = { .state = report_lane_changed,
                                               .datagram = heard_report };

/* --- the life of it --- */

static void
make_cname (char cname[17])
{
  guint8 bytes[12];

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) g_random_int ();
  g_autofree char *text = g_base64_encode (bytes, sizeof bytes);
  g_strlcpy (cname, text, 17);
}

static void
init_keys (PealExchange *exchange, const PealExchangeSetup *setup)
{
  guint clock_rate = setup->codec->clock_rate, frame = peal_codec_frame (setup->codec);

  exchange->keys_type = setup->keys_type;
  if (setup->keys_heard)
    memcpy (exchange->clocks, setup->keys_heard, sizeof exchange->clocks);
  peal_dtmf_sender_init (&exchange->keys, setup->keys_clock, clock_rate, frame);
  peal_dtmf_receiver_init (&exchange->keys_heard, clock_rate, frame);
}

PealExchange *
peal_exchange_new (const PealExchangeSetup *setup, const PealExchangeEvents *events, gpointer user)
{
  PealExchange *exchange = g_new0 (PealExchange, 1);

  exchange->loop = setup->loop;
  exchange->rtp = setup->rtp;
  exchange->rtcp = setup->rtcp;
  exchange->events = events;
  exchange->user = user;
  exchange->engine = setup->engine;
  exchange->send = setup->send;
  exchange->receive = setup->receive;
  exchange->silence = peal_clip_silence (setup->codec);
  exchange->rtt_ms = -1;
  peal_sender_init (&exchange->sender, setup->codec->clock_rate, peal_codec_frame (setup->codec),
                    setup->payload_type);
  peal_receiver_init (&exchange->receiver, setup->codec->clock_rate);
  init_keys (exchange, setup);
  peal_rate_init (&exchange->rate, setup->codec, setup->wishes.most_bitrate);
  exchange->steered = setup->codec->bitrates.start > 0;
  exchange->patience = exchange->steered && setup->wishes.dtx ? SPARING : PATIENCE;
  make_cname (exchange->cname);
  exchange->second_due = peal_loop_now (exchange->loop) + SECOND;
  peal_timer_set (exchange->loop, &exchange->second, exchange->second_due, one_more_second,
                  exchange);
  if (exchange->rtcp)
    peal_channel_listen (exchange->rtcp, &rtcp_events, exchange);
  peal_channel_listen (exchange->rtp, &rtp_events, exchange);
  return exchange;
}

void
peal_exchange_free (PealExchange *exchange)
{
  if (exchange->filling != SHUT)
    say (exchange, TRUE);
  peal_channel_listen (exchange->rtp, NULL, NULL);
  if (exchange->rtcp)
    peal_channel_listen (exchange->rtcp, NULL, NULL);
  peal_timer_clear (&exchange->next);
  peal_timer_clear (&exchange->report);
  peal_timer_clear (&exchange->second);
  peal_timer_clear (&exchange->quiet);
  g_free (exchange);
}

void
peal_exchange_direct (PealExchange *exchange, gboolean send, gboolean receive)
{
  exchange->send = send;
  exchange->receive = receive;
}

void
peal_exchange_mute (PealExchange *exchange, gboolean muted)
{
  exchange->muted = muted;
}

void
peal_exchange_hold (PealExchange *exchange, gboolean held)
{
  exchange->held = held;
}

void
peal_exchange_stats (PealExchange *exchange, PealStats *stats)
{
  stats->packets_sent = exchange->sender.packets;
  stats->bytes_sent = (gint64) exchange->sender.bytes;
  stats->packets_received = (gint64) exchange->receiver.received;
  stats->bytes_received = (gint64) exchange->receiver.bytes;
  stats->lost = peal_receiver_lost (&exchange->receiver);
  stats->jitter_ms = exchange->receiver.known
                         ? exchange->receiver.jitter * 1000 / exchange->receiver.clock_rate
                         : -1;
  stats->rtt_ms = exchange->rtt_ms;
  if (exchange->steered)
    stats->target_bps = exchange->rate.bitrate;
}
