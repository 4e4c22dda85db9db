/* One running picture: an eye, a canvas and the exchange of packets between them and the peer.
 *
 * It lives on the endpoint's context. Its exchange lives on the loop, eye and canvas have threads
 * of GStreamer's; what these have to tell comes back as letters to the context, which a closed
 * picture throws away. */
// SPDX-License-Identifier: MIT
#include "media/picture.h"

#include "media/canvas.h"
#include "media/eye.h"
#include "media/ladder.h"
#include "media/medium.h"
#include "media/picture_exchange.h"
#include "media/picture_source.h"
#include "media/stats.h"

enum { N_TYPES = 128 };
enum { VOICE = 40000 + 50 * 8 * (12 + 10 + 8 + 20) }; /* bit/s of Opus as it begins; RTP to IP */

struct PealMedium { /* an atomic rc box: the endpoint and each letter hold it */
  PealLoop *loop;
  GMainContext *context;
  const PealRtpConfig *config;
  char *content;
  const PealMediumEvents *events; /* NULL once closed or failed; on the context */
  gpointer user;
  PealAgreement agreement;
  const PealCodec *heard[N_TYPES]; /* by our numbers; NULL: nothing of ours */
  PealSync *sync;                  /* a voice tells it what is heard when */
  gint64 started;                  /* monotonic µs; 0: not yet */
  gboolean open, sending, receiving;
  gboolean muted, held, put_off; /* the user's will; the peer's, to see and show nothing */
  guint64 frames;                /* shown a second ago */
  gint64 counted;                /* when that was, µs */

  GMutex lock; /* of the eye: the loop tells it what the peer wants */
  PealEye *eye;
  PealLadder ladder;
  guint bitrate; /* bit/s; 0: nothing is known of the way yet */

  PealPictureExchange *exchange; /* the loop's; NULL before start */
  PealCanvas *canvas;            /* changed on the loop, while the context waits */
  guint8 orientation;            /* the loop's: how the picture was turned last */
  guint8 type;                   /* the loop's: of the packet before */
};

static const char *
source_of (const PealMedium *medium)
{
  return medium->config->video_in ? medium->config->video_in : "camera";
}

static const char *
sink_of (const PealMedium *medium)
{
  return medium->config->video_out ? medium->config->video_out : "window";
}

static PealLadderCaps
caps_of (const PealMedium *medium)
{
  const PealRtpConfig *config = medium->config;
  guint most = medium->agreement.most_fps, fps = config->fps ? config->fps : 30;

  return (PealLadderCaps) { config->width ? config->width : 1280,
                            config->height ? config->height : 720, most ? MIN (most, fps) : fps };
}

/* --- letters: from any thread to the context --- */

static void
clear (gpointer user)
{
  PealMedium *medium = user;

  g_mutex_clear (&medium->lock);
  peal_sync_unref (medium->sync);
  g_free (medium->content);
  g_main_context_unref (medium->context);
}

static void
unref (gpointer medium)
{
  g_atomic_rc_box_release_full (medium, clear);
}

/* What it does not use is empty. */
typedef struct Letter Letter;
struct Letter {
  PealMedium *medium;
  void (*read) (PealMedium *medium, Letter *letter);
  GError *why;
  PealStats stats;
  gint64 at;
  guint8 payload_type;
};

static void
letter_free (gpointer user)
{
  Letter *letter = user;

  g_clear_error (&letter->why);
  unref (letter->medium);
  g_free (letter);
}

static gboolean
read_letter (gpointer user)
{
  Letter *letter = user;

  if (letter->medium->events)
    letter->read (letter->medium, letter);
  return G_SOURCE_REMOVE;
}

static void
post (PealMedium *medium, void (*read) (PealMedium *medium, Letter *letter), const Letter *with)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Letter *letter = g_memdup2 (with, sizeof *with);

  letter->medium = g_atomic_rc_box_acquire (medium);
  letter->read = read;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, read_letter, letter, letter_free);
  g_source_attach (source, medium->context);
}

static void
read_failure (PealMedium *medium, Letter *letter)
{
  const PealMediumEvents *events = g_steal_pointer (&medium->events);

  events->failed (medium->user, letter->why);
}

static void
fail (gpointer medium, const GError *why)
{
  post (medium, read_failure, &(Letter) { .why = g_error_copy (why) });
}

/* --- the eye --- */

static void
eye_packet (gpointer user, const PealPacket *packet)
{
  PealMedium *medium = user;

  if (medium->exchange)
    peal_picture_exchange_send (medium->exchange, packet);
}

static const PealEyeEvents eye_events = { .packet = eye_packet, .failed = fail };

static void
free_eye (gpointer eye)
{
  peal_eye_free (eye);
}

/* The light of the camera goes off. */
static void
drop_eye (PealMedium *medium)
{
  g_mutex_lock (&medium->lock);
  PealEye *eye = g_steal_pointer (&medium->eye);
  g_mutex_unlock (&medium->lock);
  if (!eye)
    return;
  peal_eye_stop (eye);
  peal_loop_call (medium->loop, free_eye, eye);
}

/* Under the lock. */
static void
steer (PealMedium *medium)
{
  if (medium->eye && medium->bitrate)
    peal_eye_steer (medium->eye, medium->bitrate, medium->ladder.width, medium->ladder.height,
                    medium->ladder.fps);
}

typedef struct {
  PealMedium *medium;
  guint size;
} Asking;

static void
ask_payload_size (gpointer user)
{
  Asking *asking = user;

  asking->size = (guint) peal_picture_exchange_payload_size (asking->medium->exchange);
}

static gboolean
make_eye (PealMedium *medium, GError **error)
{
  PealLadderCaps caps = caps_of (medium);
  PealEyeSetup setup = { medium->loop, source_of (medium), medium->agreement.codec,
                         caps.width,   caps.height,        caps.fps };
  PealEye *eye = peal_eye_new (&setup, &eye_events, medium, error);
  Asking asking = { .medium = medium };

  if (!eye)
    return FALSE;
  peal_loop_call (medium->loop, ask_payload_size, &asking);
  peal_eye_payload_size (eye, asking.size);
  g_mutex_lock (&medium->lock);
  medium->eye = eye;
  steer (medium);
  g_mutex_unlock (&medium->lock);
  return peal_eye_look (eye, error);
}

/* It looks while the picture is wanted by everybody. */
static void
update_eye (PealMedium *medium)
{
  g_autoptr (GError) error = NULL;
  gboolean wanted = medium->open && medium->sending && !medium->muted && !medium->held &&
                    !medium->put_off && !peal_picture_source_is_none (source_of (medium));

  if (!wanted)
    drop_eye (medium);
  else if (!medium->eye && !make_eye (medium, &error))
    fail (medium, error);
}

static void
read_open (PealMedium *medium, Letter *letter)
{
  medium->open = TRUE;
  update_eye (medium);
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

static void
read_first (PealMedium *medium, Letter *letter)
{
  PealEvent event;
  gint64 after = (letter->at - medium->started) / 1000;

  if (!medium->canvas)
    return;
  peal_stats_first (&event, medium->content, peal_canvas_codec (medium->canvas)->name,
                    (gint) MAX (0, after));
  medium->events->event (medium->user, &event);
  peal_event_clear (&event);
}

static void
canvas_first (gpointer user, gint64 at)
{
  post (user, read_first, &(Letter) { .at = at });
}

/* The user wants to see no more; the call goes on, and what we show too. */
static void
read_closed (PealMedium *medium, Letter *letter)
{
  PealEvent event;

  drop_canvas (medium);
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
  post (user, read_closed, &(Letter) { 0 });
}

static void
want_key_frame (gpointer user)
{
  PealMedium *medium = user;

  if (medium->exchange)
    peal_picture_exchange_want_key_frame (medium->exchange);
  unref (medium);
}

static void
canvas_wants_key_frame (gpointer user)
{
  PealMedium *medium = user;

  peal_loop_post (medium->loop, want_key_frame, g_atomic_rc_box_acquire (medium));
}

static const PealCanvasEvents canvas_events = {
  .first = canvas_first,
  .failed = fail,
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
  g_autoptr (GError) error = NULL;

  if (!medium->receiving)
    drop_canvas (medium);
  else if (!medium->canvas && !make_canvas (medium, &error))
    fail (medium, error);
}

static void
read_other_codec (PealMedium *medium, Letter *letter)
{
  const PealCodec *codec = medium->heard[letter->payload_type];
  g_autoptr (GError) error = NULL;

  if (medium->canvas && !peal_canvas_tune (medium->canvas, codec, letter->payload_type, &error))
    fail (medium, error);
}

/* --- the exchange --- */

static void
exchange_open (gpointer user)
{
  post (user, read_open, &(Letter) { 0 });
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

/* The peer may use any codec that we offered, and change its mind. */
static void
exchange_heard (gpointer user, const PealPacket *packet, const PealDatagram *data)
{
  PealMedium *medium = user;
  guint8 type = packet->payload_type % N_TYPES;
  const PealCodec *codec = medium->heard[type];

  if (!medium->canvas || (packet->length && !codec))
    return;
  if (packet->length && codec != peal_canvas_codec (medium->canvas)) {
    if (type != medium->type)
      post (medium, read_other_codec, &(Letter) { .payload_type = type });
    medium->type = type;
    return;
  }
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
  PealMedium *medium = user;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&medium->lock);

  if (medium->eye)
    peal_eye_key_frame (medium->eye);
}

static void
exchange_rate (gpointer user, guint bitrate, guint loss_percent, gint rtt_ms)
{
  PealMedium *medium = user;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&medium->lock);
  PealLadderCaps caps = caps_of (medium);
  gint64 now = g_get_monotonic_time ();

  if (!medium->bitrate)
    peal_ladder_init (&medium->ladder, &caps, bitrate, now);
  else
    peal_ladder_step (&medium->ladder, &caps, bitrate, now);
  medium->bitrate = bitrate;
  steer (medium);
}

/* Frames a second are those of the picture that is seen; where none is, of the one that is shown to
 * the peer. */
static void
count_frames (PealMedium *medium, PealStats *stats)
{
  PealCanvasCount canvas = { 0 };
  PealEyeCount eye = { 0 };
  gint64 now = g_get_monotonic_time ();

  if (medium->canvas)
    peal_canvas_count (medium->canvas, &canvas);
  if (medium->eye)
    peal_eye_count (medium->eye, &eye);
  guint64 frames = canvas.frames ? canvas.frames : eye.frames;
  stats->frames = (gint64) frames;
  stats->width = (gint) (canvas.width ? canvas.width : eye.width);
  stats->height = (gint) (canvas.height ? canvas.height : eye.height);
  stats->wait_ms = (gint) canvas.wait_ms;
  if (medium->counted && now > medium->counted && frames >= medium->frames)
    stats->fps =
        (double) (frames - medium->frames) * G_USEC_PER_SEC / (double) (now - medium->counted);
  medium->frames = frames;
  medium->counted = now;
}

static void
read_second (PealMedium *medium, Letter *letter)
{
  PealEvent event;

  count_frames (medium, &letter->stats);
  peal_stats_event (&event, medium->content, &letter->stats);
  medium->events->event (medium->user, &event);
  peal_event_clear (&event);
}

/* The ladder waits before it goes up, and is asked whether it has waited long enough. */
static void
exchange_second (gpointer user)
{
  PealMedium *medium = user;
  Letter letter = { 0 };

  if (medium->bitrate)
    exchange_rate (medium, medium->bitrate, 0, -1);
  peal_stats_init (&letter.stats);
  peal_picture_exchange_stats (medium->exchange, &letter.stats);
  post (medium, read_second, &letter);
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
  update_eye (medium);
}

/* --- what the endpoint does with it --- */

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

/* The first word of both descriptions. */
static void
begin (PealMedium *medium, gconstpointer local, gconstpointer remote,
       PealChannel *const lanes[PEAL_N_LANES])
{
  g_autoptr (GError) error = NULL;

  if (!peal_negotiate_choose (local, remote, &medium->agreement)) {
    g_set_error (&error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "no common codec for pictures");
    fail (medium, error);
    return;
  }
  for (guint type = 0; type < N_TYPES; type++)
    medium->heard[type] = peal_negotiate_heard (local, (guint8) type);
  medium->type = medium->agreement.receive;
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
  Letter *ending = user;
  PealPictureExchange *exchange = g_steal_pointer (&ending->medium->exchange);

  if (!exchange)
    return;
  peal_picture_exchange_stats (exchange, &ending->stats);
  peal_picture_exchange_free (exchange);
}

void
peal_picture_close (PealMedium *medium, PealEvent *last)
{
  Letter ending = { .medium = medium };

  medium->events = NULL;
  peal_stats_init (&ending.stats);
  count_frames (medium, &ending.stats);
  drop_eye (medium);
  peal_loop_call (medium->loop, end_exchange, &ending);
  drop_canvas (medium);
  if (last)
    peal_stats_event (last, medium->content, &ending.stats);
  unref (medium);
}
