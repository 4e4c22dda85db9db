/* One content on its loop: its lanes, what is sent, what is heard, reports, and silence where no sound comes. */
// SPDX-License-Identifier: MIT
#include "media/line.h"

#include <math.h>

#include "media/clip.h"
#include "media/receiver.h"
#include "media/sender.h"

enum { MS = 1000, SECOND = 1000 * MS };
enum {
  FRAME = PEAL_FRAME_MS * MS,
  FIRST_PATIENCE = 40 * MS, /* for an engine that was prepared to deliver its first packet */
  PATIENCE = 100 * MS,      /* for its next one */
  SECOND_REPORT = 200 * MS, /* after the first: carries the peer's first sender report back */
  MOST_A_SECOND = 1000,     /* packets that are passed on to be played */
};
enum { ENGINE_PIPELINE = 1, ENGINE_SILENCE };

/* Where the next packet comes from. */
typedef enum {
  SHUT = 0, /* the lane is not open; nothing can leave */
  WAITING,  /* the engine delivers; after its patience silence takes over */
  FILLING,  /* silence every 20 ms, until the engine delivers */
} Filling;

struct PealLine {
  PealLoop *loop;
  PealChannel *rtp, *rtcp;
  const PealLineEvents *events;
  gpointer user;
  PealSender sender;
  PealReceiver receiver;
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
  char cname[17]; /* RFC 7022 §4.2: short-term, 96 random bits */
};

static void fill (gpointer user);

static void
enter (PealLine *line, Filling filling, gint64 due)
{
  line->filling = filling;
  line->due = due;
  peal_timer_set (line->loop, &line->next, due, fill, line);
}

/* --- what leaves --- */

static void
send_frame (PealLine *line, const PealFrame *frame)
{
  guint8 bytes[PEAL_PACKET_MAX];

  if (!line->send || line->held || line->filling == SHUT) {
    peal_sender_pause (&line->sender);
    return;
  }
  PealDatagram datagram = {
    .data = bytes,
    .length = peal_sender_write (&line->sender, frame, peal_loop_now (line->loop), bytes),
  };
  if (datagram.length == 0)
    return;
  peal_channel_send (line->rtp, &datagram, 1);
  line->events->sent (line->user, &datagram);
}

static void
put_silence (PealLine *line, PealFrame *frame)
{
  frame->payload = g_bytes_get_data (line->silence->payloads->pdata[0], &frame->length);
}

static void
fill (gpointer user)
{
  PealLine *line = user;
  gint64 now = peal_loop_now (line->loop);
  PealFrame frame = { .engine = ENGINE_SILENCE, .timestamp = line->silence_timestamp };

  put_silence (line, &frame);
  send_frame (line, &frame);
  line->silence_timestamp += line->sender.frame;
  /* Keeps to its own grid; after a long sleep it begins a new one instead of hurrying. */
  gint64 due = line->filling == FILLING && now - line->due < 5 * FRAME ? line->due : now;
  enter (line, FILLING, due + FRAME);
}

void
peal_line_send (PealLine *line, const PealPacket *packet)
{
  PealFrame frame = {
    .engine = ENGINE_PIPELINE,
    .timestamp = packet->timestamp,
    .payload = packet->payload,
    .length = packet->length,
  };

  if (line->filling == SHUT)
    return;
  if (line->muted)
    put_silence (line, &frame);
  send_frame (line, &frame);
  enter (line, WAITING, peal_loop_now (line->loop) + PATIENCE);
}

void
peal_line_engine_ended (PealLine *line)
{
  line->engine = FALSE;
  if (line->filling == WAITING)
    enter (line, FILLING, MAX (peal_loop_now (line->loop), line->sender.at + FRAME));
}

/* --- reports --- */

static void
say (PealLine *line, gboolean bye)
{
  guint8 bytes[PEAL_RTCP_MAX];
  PealRtcpReport report = { .cname = line->cname, .bye = bye };
  gint64 now = peal_loop_now (line->loop);

  if (!line->rtcp)
    return;
  peal_sender_report (&line->sender, now, g_get_real_time (), &report);
  report.has_block = peal_receiver_block (&line->receiver, now, &report.block);
  PealDatagram datagram = { .data = bytes, .length = peal_rtcp_write (&report, bytes) };
  peal_channel_send (line->rtcp, &datagram, 1);
}

static void
report_again (gpointer user)
{
  PealLine *line = user;

  say (line, FALSE);
  /* RFC 3550 §6.2: at random, so that the two sides do not fall into step. */
  gint64 pause = (gint64) (SECOND * g_random_double_range (0.5, 1.5));
  peal_timer_set (line->loop, &line->report, peal_loop_now (line->loop) + pause, report_again, line);
}

static void
heard_report (gpointer user, const guint8 *data, gsize length)
{
  PealLine *line = user;
  PealRtcpHeard heard;

  peal_rtcp_read (data, length, line->sender.ssrc, &heard); /* what stood before a fault still counts */
  peal_receiver_heard_report (&line->receiver, &heard, peal_loop_now (line->loop));
  double rtt_ms = heard.has_block ? peal_receiver_round_trip (&heard.block, g_get_real_time ()) : -1;
  if (rtt_ms >= 0)
    line->rtt_ms = rtt_ms;
}

/* --- what arrives --- */

static void
heard_packet (gpointer user, const guint8 *data, gsize length)
{
  PealLine *line = user;
  PealPacket packet;

  if (length > PEAL_PACKET_MAX || !peal_packet_read (&packet, data, length))
    return;
  if (!peal_receiver_hear (&line->receiver, &packet, peal_loop_now (line->loop)))
    return;
  if (!line->receive || line->held || line->passed_on++ >= MOST_A_SECOND)
    return;
  line->events->heard (line->user, &packet, &(PealDatagram) { .data = data, .length = length });
}

static void
lane_changed (gpointer user, PealChannelState state, const GError *why)
{
  PealLine *line = user;
  gint64 now = peal_loop_now (line->loop);

  if (state == PEAL_CHANNEL_CLOSED) {
    line->filling = SHUT;
    peal_timer_clear (&line->next);
    peal_timer_clear (&line->report);
    return;
  }
  if (state != PEAL_CHANNEL_OPEN || line->filling != SHUT)
    return;
  enter (line, WAITING, line->engine ? now + FIRST_PATIENCE : now);
  say (line, FALSE);
  peal_timer_set (line->loop, &line->report, now + SECOND_REPORT, report_again, line);
  line->events->open (line->user);
  if (!line->engine)
    fill (line);
}

/* The other lane opens with the first one or a moment later; the next report finds it. */
static void
report_lane_changed (gpointer user, PealChannelState state, const GError *why)
{
  PealLine *line = user;

  if (state == PEAL_CHANNEL_OPEN && line->filling != SHUT)
    say (line, FALSE);
}

static void
one_more_second (gpointer user)
{
  PealLine *line = user;

  line->passed_on = 0;
  line->second_due += SECOND;
  peal_timer_set (line->loop, &line->second, line->second_due, one_more_second, line);
  line->events->second (line->user);
}

static const PealChannelEvents rtp_events = { .state = lane_changed, .datagram = heard_packet };
static const PealChannelEvents rtcp_events = { .state = report_lane_changed, .datagram = heard_report };

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

PealLine *
peal_line_new (const PealLineSetup *setup, const PealLineEvents *events, gpointer user)
{
  PealLine *line = g_new0 (PealLine, 1);

  line->loop = setup->loop;
  line->rtp = setup->rtp;
  line->rtcp = setup->rtcp;
  line->events = events;
  line->user = user;
  line->engine = setup->engine;
  line->send = setup->send;
  line->receive = setup->receive;
  line->silence = peal_clip_silence (setup->codec);
  line->rtt_ms = -1;
  peal_sender_init (&line->sender, setup->codec->clock_rate, peal_codec_frame (setup->codec), setup->payload_type);
  peal_receiver_init (&line->receiver, setup->codec->clock_rate);
  make_cname (line->cname);
  line->second_due = peal_loop_now (line->loop) + SECOND;
  peal_timer_set (line->loop, &line->second, line->second_due, one_more_second, line);
  if (line->rtcp)
    peal_channel_listen (line->rtcp, &rtcp_events, line);
  peal_channel_listen (line->rtp, &rtp_events, line);
  return line;
}

void
peal_line_free (PealLine *line)
{
  if (line->filling != SHUT)
    say (line, TRUE);
  peal_channel_listen (line->rtp, NULL, NULL);
  if (line->rtcp)
    peal_channel_listen (line->rtcp, NULL, NULL);
  peal_timer_clear (&line->next);
  peal_timer_clear (&line->report);
  peal_timer_clear (&line->second);
  g_free (line);
}

void
peal_line_direct (PealLine *line, gboolean send, gboolean receive)
{
  line->send = send;
  line->receive = receive;
}

void
peal_line_mute (PealLine *line, gboolean muted)
{
  line->muted = muted;
}

void
peal_line_hold (PealLine *line, gboolean held)
{
  line->held = held;
}

void
peal_line_stats (PealLine *line, PealStats *stats)
{
  stats->packets_sent = line->sender.packets;
  stats->bytes_sent = (gint64) line->sender.bytes;
  stats->packets_received = (gint64) line->receiver.received;
  stats->bytes_received = (gint64) line->receiver.bytes;
  stats->lost = peal_receiver_lost (&line->receiver);
  stats->jitter_ms = line->receiver.known ? line->receiver.jitter * 1000 / line->receiver.clock_rate : -1;
  stats->rtt_ms = line->rtt_ms;
}
