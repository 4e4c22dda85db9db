/* One running picture: an eye, a canvas and the exchange of packets between them and the peer.
 *
 * It lives on the endpoint's context. Its exchange lives on the loop, eye and canvas have threads
 * of GStreamer's; what these have to tell comes back as letters to the context, which a closed
 * picture throws away. */
// SPDX-License-Identifier: MIT
#include "media/picture_inner.h"

#include "media/stats.h"

enum { VOICE = 40000 + 50 * 8 * (12 + 10 + 8 + 20) }; /* bit/s of Opus as it begins; RTP to IP */
enum { RETUNE = G_USEC_PER_SEC }; /* between two changes of codec: each builds a decoder */

static const char *
sink_of (const PealMedium *medium)
{
  return medium->config->video_out ? medium->config->video_out : "window";
}

static void
read_open (PealMedium *medium, PealPictureLetter *letter)
{
  medium->open = TRUE;
  peal_picture_update_eye (medium);
}

/* --- the canvas --- */

static void
take_canvas (gpointer user)
{
  PealMedium *medium = user;

  medium->canvas = NULL;
}

static void
drop_canvas (PealMedium *medium)
{
  PealCanvas *canvas = medium->canvas;

  if (!canvas)
    return;
  peal_loop_call (medium->loop, take_canvas, medium);
  peal_canvas_free (canvas);
}

/* The user wants to see no more; the call goes on, and what we show too. */
static void
read_closed (PealMedium *medium, PealPictureLetter *letter)
{
  PealEvent event;

  drop_canvas (medium);
  medium->shut = TRUE;
  peal_event_init (&event, PEAL_EVENT_DEVICE);
  event.content = g_strdup (medium->content);
  event.feature = g_strdup ("video-out");
  event.name = g_strdup (sink_of (medium));
  event.state = g_strdup ("gone");
  event.reason = g_strdup ("the window was closed");
  medium->events->event (medium->user, &event);
  peal_event_clear (&event);
}

static void
canvas_closed (gpointer user)
{
  peal_picture_post (user, read_closed, &(PealPictureLetter) { 0 });
}

static void
want_key_frame (gpointer user)
{
  PealMedium *medium = user;

  if (medium->exchange)
    peal_picture_exchange_want_key_frame (medium->exchange);
  peal_picture_unref (medium);
}

static void
canvas_wants_key_frame (gpointer user)
{
  PealMedium *medium = user;

  peal_loop_post (medium->loop, want_key_frame, g_atomic_rc_box_acquire (medium));
}

static const PealCanvasEvents canvas_events = {
  .first = peal_picture_tell_first,
  .failed = peal_picture_fail,
  .closed = canvas_closed,
  .wants_key_frame = canvas_wants_key_frame,
};

typedef struct {
  PealMedium *medium;
  PealCanvas *canvas;
} Giving;

static void
give_canvas (gpointer user)
{
  Giving *giving = user;

  giving->medium->canvas = giving->canvas;
  giving->medium->orientation = 0;
  giving->medium->asked = -1; /* it is tuned to the first codec, whatever the peer uses */
}

static gboolean
make_canvas (PealMedium *medium, GError **error)
{
  const PealCodec *codec = medium->agreement.codec;
  PealCanvasSetup setup = { .loop = medium->loop,
                            .sink = sink_of (medium),
                            .easel = medium->config->easel,
                            .sync = medium->sync,
                            .repairs = medium->agreement.nack };
  PealCanvas *canvas = peal_canvas_new (&setup, &canvas_events, medium, error);

  if (!canvas)
    return FALSE;
  if (!peal_canvas_tune (canvas, codec, medium->agreement.receive, error)) {
    peal_canvas_free (canvas);
    return FALSE;
  }
  peal_canvas_show (canvas);
  peal_loop_call (medium->loop, give_canvas, &(Giving) { medium, canvas });
  return TRUE;
}

static void
update_canvas (PealMedium *medium)
{
  g_autoptr(GError) error = NULL;

  if (!medium->receiving) {
    drop_canvas (medium);
    medium->shut = FALSE;
  } else if (!medium->canvas && !medium->shut && !make_canvas (medium, &error))
    peal_picture_fail (medium, error);
}

static void
read_other_codec (PealMedium *medium, PealPictureLetter *letter)
{
  const PealCodec *codec = medium->heard[letter->payload_type];
  g_autoptr(GError) error = NULL;

  if (medium->canvas && !peal_canvas_tune (medium->canvas, codec, letter->payload_type, &error))
    peal_picture_fail (medium, error);
}

/* --- the exchange --- */

static void
exchange_open (gpointer user)
{
  peal_picture_post (user, read_open, &(PealPictureLetter) { 0 });
}

/* TS 26.114 §7.4.5: quarter turns clockwise, and whether it is mirrored before. */
static void
turn (PealMedium *medium)
{
  enum { QUARTERS = 3, FLIP = 4 };
  /* What came early is heard while the exchange is made. */
  guint8 orientation =
      medium->exchange ? peal_picture_exchange_orientation (medium->exchange) : medium->orientation;

  if (orientation == medium->orientation)
    return;
  medium->orientation = orientation;
  peal_canvas_turn (medium->canvas, (orientation & QUARTERS) * 90u, (orientation & FLIP) != 0);
}

/* A peer that changes its codec with each packet would keep the context busy with decoders. */
static void
hear_other_codec (PealMedium *medium, guint8 type)
{
  gint64 now = g_get_monotonic_time ();

  if (medium->asked == type || (medium->asked_at && now - medium->asked_at < RETUNE))
    return;
  medium->asked = type;
  medium->asked_at = now;
  peal_picture_post (medium, read_other_codec, &(PealPictureLetter) { .payload_type = type });
}

/* The peer may use any codec that we offered, and change its mind. */
static void
exchange_heard (gpointer user, const PealPacket *packet, const PealDatagram *data)
{
  PealMedium *medium = user;
  guint8 type = packet->payload_type % PEAL_PICTURE_N_TYPES;
  const PealCodec *codec = medium->heard[type];

  if (!medium->canvas || (packet->length && !codec))
    return;
  if (packet->length && codec != peal_canvas_codec (medium->canvas)) {
    hear_other_codec (medium, type);
    return;
  }
  medium->asked = -1;
  if (packet->marker && packet->length)
    turn (medium);
  peal_canvas_hear (medium->canvas, packet, data);
}

static void
exchange_clock (gpointer user, guint64 ntp, guint32 timestamp)
{
  PealMedium *medium = user;

  peal_sync_report (medium->sync, PEAL_SYNC_PICTURE, ntp, timestamp,
                    medium->agreement.codec->clock_rate);
}

static void
exchange_key_frame (gpointer user)
{
  peal_picture_make_key_frame (user);
}

static void
exchange_rate (gpointer user, guint bitrate, guint loss_percent, gint rtt_ms)
{
  peal_picture_steer (user, bitrate);
}

static void
exchange_second (gpointer user)
{
  PealMedium *medium = user;
  PealStats stats;

  if (medium->bitrate)
    peal_picture_steer (medium, medium->bitrate);
  peal_stats_init (&stats);
  peal_picture_exchange_stats (medium->exchange, &stats);
  peal_picture_tell_second (medium, &stats);
}

static const PealPictureExchangeEvents exchange_events = {
  .open = exchange_open,
  .heard = exchange_heard,
  .clock = exchange_clock,
  .second = exchange_second,
  .key_frame = exchange_key_frame,
  .rate = exchange_rate,
};

typedef struct {
  PealMedium *medium;
  const PealPictureExchangeSetup *setup;
} Making;

static void
make_exchange (gpointer user)
{
  Making *making = user;

  making->medium->exchange =
      peal_picture_exchange_new (making->setup, &exchange_events, making->medium);
}

/* --- wishes: from the context to the loop --- */

static void
obey (gpointer user)
{
  PealMedium *medium = user;

  if (!medium->exchange)
    return;
  peal_picture_exchange_direct (medium->exchange, medium->sending, medium->receiving);
  peal_picture_exchange_mute (medium->exchange, medium->muted);
  peal_picture_exchange_hold (medium->exchange, medium->held || medium->put_off);
}

static void
update (PealMedium *medium)
{
  update_canvas (medium);
  peal_loop_call (medium->loop, obey, medium);
  peal_picture_update_eye (medium);
}

/* --- what the endpoint does with it --- */

PealSync *
peal_picture_sync (PealMedium *medium)
{
  return medium->sync;
}

PealMedium *
peal_picture_open (const PealMediumSetup *setup, const PealMediumEvents *events, gpointer user)
{
  PealMedium *medium = g_atomic_rc_box_new0 (PealMedium);

  g_mutex_init (&medium->lock);
  medium->sync = peal_sync_new ();
  medium->loop = setup->loop;
  medium->context =
      g_main_context_ref (setup->context ? setup->context : g_main_context_default ());
  medium->config = setup->plan->config;
  medium->content = g_strdup (setup->plan->content);
  medium->events = events;
  medium->user = user;
  return medium;
}

void
peal_picture_rename (PealMedium *medium, const char *name)
{
  g_free (medium->content);
  medium->content = g_strdup (name);
}

/* The first word of both descriptions. */
static void
begin (PealMedium *medium, gconstpointer local, gconstpointer remote,
       PealChannel *const lanes[PEAL_N_LANES])
{
  g_autoptr(GError) error = NULL;

  if (!peal_negotiate_choose (local, remote, &medium->agreement)) {
    g_set_error (&error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "no common codec for pictures");
    peal_picture_fail (medium, error);
    return;
  }
  for (guint type = 0; type < PEAL_PICTURE_N_TYPES; type++)
    medium->heard[type] = peal_negotiate_heard (local, (guint8) type);
  PealPictureExchangeSetup setup = { .loop = medium->loop,
                                     .rtp = lanes[PEAL_LANE_RTP],
                                     .rtcp = lanes[PEAL_LANE_RTCP],
                                     .codec = medium->agreement.codec,
                                     .agreement = &medium->agreement,
                                     .content = medium->content,
                                     .max_bitrate = medium->config->max_bitrate,
                                     .voice = VOICE, /* no call of ours is without */
                                     .send = medium->sending,
                                     .receive = medium->receiving };
  update_canvas (medium);
  peal_loop_call (medium->loop, make_exchange, &(Making) { medium, &setup });
}

void
peal_picture_start (PealMedium *medium, gconstpointer local, gconstpointer remote,
                    PealChannel *const lanes[PEAL_N_LANES], gboolean send, gboolean receive)
{
  medium->sending = send;
  medium->receiving = receive;
  if (!medium->events)
    return; /* it has failed already */
  if (!medium->started) {
    medium->started = g_get_monotonic_time ();
    begin (medium, local, remote, lanes);
  }
  if (medium->agreement.codec)
    update (medium);
}

void
peal_picture_control (PealMedium *medium, PealControl control, int value, const char *text)
{
  switch (control) {
  case PEAL_CONTROL_MUTE:
    medium->muted = value != 0;
    break;
  case PEAL_CONTROL_HOLD:
    medium->held = value != 0;
    break;
  case PEAL_CONTROL_HELD:
    medium->put_off = value != 0;
    break;
  case PEAL_CONTROL_DTMF:
    return;
  }
  if (medium->started && medium->events && medium->agreement.codec)
    update (medium);
}

static void
end_exchange (gpointer user)
{
  PealPictureLetter *ending = user;
  PealPictureExchange *exchange = g_steal_pointer (&ending->medium->exchange);

  if (!exchange)
    return;
  peal_picture_exchange_stats (exchange, &ending->stats);
  peal_picture_exchange_free (exchange);
}

void
peal_picture_close (PealMedium *medium, PealEvent *last)
{
  PealPictureLetter ending = { .medium = medium };

  medium->events = NULL;
  peal_stats_init (&ending.stats);
  peal_picture_count_frames (medium, &ending.stats);
  peal_picture_drop_eye (medium);
  peal_loop_call (medium->loop, end_exchange, &ending);
  drop_canvas (medium);
  if (last)
    peal_stats_event (last, medium->content, &ending.stats);
  peal_picture_unref (medium);
}
