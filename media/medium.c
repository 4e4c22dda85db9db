/* One running voice: a mouth, ears and the exchange of packets between them and the peer.
 *
 * A medium lives on the endpoint's context. Its exchange lives on the loop, mouth and ears have
 * threads of GStreamer's; what these have to tell comes back as letters to the context, which a
 * closed medium throws away. */
// SPDX-License-Identifier: MIT
#include "media/medium.h"

#include <math.h>

#include "media/ears.h"
#include "media/exchange.h"
#include "media/mouth.h"
#include "media/processing.h"
#include "media/sink.h"
#include "media/source.h"
#include "media/stats.h"

struct PealMedium { /* an atomic rc box: the endpoint and each letter hold it */
  PealLoop *loop;
  GMainContext *context;
  const PealRtpConfig *config;
  char *content;
  char *probe; /* the name of what hears our speaker; NULL: nothing that a microphone could hear */
  const PealMediumEvents *events; /* NULL once closed or failed; on the context */
  gpointer user;
  PealMouth *mouth;                 /* NULL: silence */
  PealEars *ears;                   /* NULL: they could not be made */
  gint64 started;                   /* monotonic µs; 0: not yet */
  gboolean open, sending, speaking; /* the lane; what was agreed; what the mouth does */
  gboolean keys;                    /* the peer takes those of a telephone */
  gboolean muted, held, put_off;    /* the user's will; the peer's, to hear and say nothing */
  PealExchange *exchange;           /* on the loop; NULL before start */
};

static const char *
or_default (const char *text, const char *otherwise)
{
  return text ? text : otherwise;
}

/* --- letters to the context --- */

typedef struct Letter Letter;
struct Letter {
  PealMedium *medium;
  void (*read) (PealMedium *medium, Letter *letter);
  GError *why;
  PealStats stats;
  gint64 at;
  PealDtmfHeard key;
  guint8 payload_type;
  guint bitrate, loss_percent;
  PealEvent news; /* to be told as it is */
};

static void
medium_clear (gpointer user)
{
  PealMedium *medium = user;

  g_free (medium->content);
  g_free (medium->probe);
  g_main_context_unref (medium->context);
}

static void
letter_free (gpointer user)
{
  Letter *letter = user;

  g_clear_error (&letter->why);
  peal_event_clear (&letter->news);
  g_atomic_rc_box_release_full (letter->medium, medium_clear);
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

static Letter *
letter_new (PealMedium *medium, void (*read) (PealMedium *medium, Letter *letter))
{
  Letter *letter = g_new0 (Letter, 1);

  letter->medium = g_atomic_rc_box_acquire (medium);
  letter->read = read;
  return letter;
}

/* Any thread. Takes @letter. */
static void
letter_post (Letter *letter)
{
  g_autoptr(GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, read_letter, letter, letter_free);
  g_source_attach (source, letter->medium->context);
}

static void
read_failure (PealMedium *medium, Letter *letter)
{
  const PealMediumEvents *events = g_steal_pointer (&medium->events);

  events->failed (medium->user, letter->why);
}

static void
fail (gpointer user, const GError *why)
{
  Letter *letter = letter_new (user, read_failure);

  letter->why = g_error_copy (why);
  letter_post (letter);
}

/* --- devices that vanish and return --- */

static void
read_news (PealMedium *medium, Letter *letter)
{
  medium->events->event (medium->user, &letter->news);
}

/* @why: how it vanished; NULL: it is back. */
static void
tell_device (PealMedium *medium, const char *flag, const char *why)
{
  Letter *letter = letter_new (medium, read_news);
  gboolean is_ours = g_str_equal (flag, "audio-in");

  peal_event_init (&letter->news, PEAL_EVENT_DEVICE);
  letter->news.content = g_strdup (medium->content);
  letter->news.feature = g_strdup (flag);
  letter->news.name = g_strdup (is_ours ? or_default (medium->config->audio_in, "mic")
                                        : or_default (medium->config->audio_out, "speaker"));
  letter->news.state = g_strdup (why ? "gone" : "back");
  letter->news.reason = g_strdup (why);
  letter_post (letter);
}

static void
mouth_device (gpointer medium, const char *why)
{
  tell_device (medium, "audio-in", why);
}

static void
ear_device (gpointer medium, const char *why)
{
  tell_device (medium, "audio-out", why);
}

/* --- the mouth --- */

static void
mouth_packet (gpointer user, const PealPacket *packet)
{
  PealMedium *medium = user;

  if (medium->exchange)
    peal_exchange_send (medium->exchange, packet);
}

static void
engine_ended (gpointer user)
{
  PealMedium *medium = user;

  if (medium->exchange)
    peal_exchange_engine_ended (medium->exchange);
  g_atomic_rc_box_release_full (medium, medium_clear);
}

static void
mouth_ended (gpointer user)
{
  PealMedium *medium = user;

  peal_loop_post (medium->loop, engine_ended, g_atomic_rc_box_acquire (medium));
}

static const PealMouthEvents mouth_events = {
  .packet = mouth_packet, .ended = mouth_ended, .failed = fail, .device = mouth_device
};

static void
free_mouth (gpointer mouth)
{
  peal_mouth_free (mouth);
}

static void
drop_mouth (PealMedium *medium)
{
  PealMouth *mouth = g_steal_pointer (&medium->mouth);

  if (!mouth)
    return;
  peal_mouth_stop (mouth);
  peal_loop_call (medium->loop, free_mouth, mouth);
}

static PealProcessing
processing_of (const PealRtpConfig *config)
{
  PealProcessing wanted = 0;

  peal_processing_read (config->processing, &wanted, NULL); /* it has passed the check */
  return wanted;
}

/* What a device plays another device may hear. */
static gboolean
may_echo (const PealRtpConfig *config)
{
  return processing_of (config) & PEAL_PROCESSING_ECHO &&
         peal_source_is_device (or_default (config->audio_in, "mic")) &&
         peal_sink_is_device (or_default (config->audio_out, "speaker")) &&
         peal_processing_is_here ();
}

/* A mouth for @codec, prepared. */
static gboolean
make_mouth (PealMedium *medium, const PealCodec *codec, GError **error)
{
  PealMouthSetup setup = { .loop = medium->loop,
                           .source = or_default (medium->config->audio_in, "mic"),
                           .codec = codec,
                           .processing = processing_of (medium->config),
                           .probe = medium->probe };

  if (peal_source_is_silence (setup.source) ||
      (medium->mouth && peal_mouth_codec (medium->mouth) == codec))
    return TRUE;
  drop_mouth (medium);
  medium->mouth = peal_mouth_new (&setup, &mouth_events, medium, error);
  return medium->mouth != NULL;
}

static void
speak (PealMedium *medium)
{
  g_autoptr(GError) error = NULL;

  if (!medium->mouth || !medium->open || !medium->sending || medium->speaking)
    return;
  medium->speaking = TRUE;
  if (!peal_mouth_speak (medium->mouth, &error))
    fail (medium, error);
}

static void
read_open (PealMedium *medium, Letter *letter)
{
  medium->open = TRUE;
  speak (medium);
}

/* --- the ears --- */

static void
read_first (PealMedium *medium, Letter *letter)
{
  PealEvent event;
  gint64 after = (letter->at - medium->started) / 1000;

  peal_stats_first (&event, medium->content, peal_ears_codec (medium->ears), (gint) MAX (0, after));
  medium->events->event (medium->user, &event);
  peal_event_clear (&event);
}

static void
ear_first (gpointer user, gint64 at)
{
  Letter *letter = letter_new (user, read_first);

  letter->at = at;
  letter_post (letter);
}

/* A full disk, mostly. Each leg says so once. */
static void
ear_record_ended (gpointer user, const GError *why)
{
  Letter *letter = letter_new (user, read_news);

  peal_event_init (&letter->news, PEAL_EVENT_ERROR);
  letter->news.content = g_strdup (letter->medium->content);
  letter->news.cause = PEAL_CAUSE_FILE;
  letter->news.text = g_strdup (why->message);
  letter->news.hint = g_strdup ("the call goes on, and is not recorded any more");
  letter_post (letter);
}

static const PealEarEvents ear_events = {
  .first = ear_first, .failed = fail, .device = ear_device, .record_ended = ear_record_ended
};

static void
read_other_codec (PealMedium *medium, Letter *letter)
{
  g_autoptr(GError) error = NULL;

  if (!peal_ears_tune (medium->ears, letter->payload_type, &error))
    fail (medium, error);
}

/* Silence takes the place of what a muted mouth says; on hold nothing is said at all. */
static double
sent_level (PealMedium *medium)
{
  double level = medium->mouth && medium->speaking ? peal_mouth_level (medium->mouth) : NAN;

  return medium->muted || medium->held ? NAN : level;
}

/* --- the exchange --- */

static void
exchange_open (gpointer user)
{
  letter_post (letter_new (user, read_open));
}

static void
exchange_heard (gpointer user, const PealPacket *packet, const PealDatagram *data)
{
  PealMedium *medium = user;

  if (!peal_ears_hear (medium->ears, packet, data))
    return;
  Letter *letter = letter_new (medium, read_other_codec);
  letter->payload_type = packet->payload_type;
  letter_post (letter);
}

static void
exchange_sent (gpointer user, const PealDatagram *data)
{
  PealMedium *medium = user;

  peal_ears_sent (medium->ears, data);
}

static void
read_second (PealMedium *medium, Letter *letter)
{
  PealEvent event;

  peal_ears_second (medium->ears, &letter->stats);
  letter->stats.sent_level_db = sent_level (medium);
  peal_stats_event (&event, medium->content, &letter->stats);
  medium->events->event (medium->user, &event);
  peal_event_clear (&event);
}

static void
exchange_second (gpointer user)
{
  PealMedium *medium = user;
  Letter *letter = letter_new (medium, read_second);

  peal_stats_init (&letter->stats);
  peal_exchange_stats (medium->exchange, &letter->stats);
  letter_post (letter);
}

static void
read_rate (PealMedium *medium, Letter *letter)
{
  if (medium->mouth)
    peal_mouth_steer (medium->mouth, letter->bitrate, letter->loss_percent);
}

static void
exchange_rate (gpointer user, guint bitrate, guint loss_percent)
{
  Letter *letter = letter_new (user, read_rate);

  letter->bitrate = bitrate;
  letter->loss_percent = loss_percent;
  letter_post (letter);
}

static void
exchange_passed (gpointer user, const PealPacket *place, gboolean taken)
{
  PealMedium *medium = user;

  peal_ears_pass (medium->ears, place, taken);
}

/* --- keys --- */

static void
read_key (PealMedium *medium, Letter *letter)
{
  PealEvent event;

  peal_event_init (&event, PEAL_EVENT_DTMF);
  event.content = g_strdup (medium->content);
  event.digit = g_strndup (&letter->key.key, 1);
  event.duration_ms = (gint) MIN (letter->key.duration_ms, G_MAXINT);
  event.via = g_strdup ("rtp");
  medium->events->event (medium->user, &event);
  peal_event_clear (&event);
}

static void
exchange_key (gpointer user, const PealDtmfHeard *heard)
{
  Letter *letter = letter_new (user, read_key);

  letter->key = *heard;
  letter_post (letter);
}

static void
read_unsaid (PealMedium *medium, Letter *letter)
{
  PealEvent event;

  peal_event_init (&event, PEAL_EVENT_ERROR);
  event.content = g_strdup (medium->content);
  event.cause = (PealCause) letter->why->code;
  event.text = g_strdup (letter->why->message);
  medium->events->event (medium->user, &event);
  peal_event_clear (&event);
}

/* Any thread. */
static void
tell_unsaid (PealMedium *medium, const char *keys, PealCause cause, const char *why)
{
  Letter *letter = letter_new (medium, read_unsaid);

  letter->why = g_error_new (PEAL_CAUSE, (gint) cause, "keys %s were not sent: %s", keys, why);
  letter_post (letter);
}

static void
exchange_unsaid (gpointer user, const char *keys)
{
  tell_unsaid (user, keys, PEAL_CAUSE_MEDIA, "nothing is said in this call now");
}

static const PealExchangeEvents exchange_events = {
  .open = exchange_open,
  .heard = exchange_heard,
  .passed = exchange_passed,
  .sent = exchange_sent,
  .key = exchange_key,
  .unsaid = exchange_unsaid,
  .second = exchange_second,
  .rate = exchange_rate,
};

typedef struct {
  PealMedium *medium;
  const PealExchangeSetup *setup;
} ExchangeMaking;

static void
make_exchange (gpointer user)
{
  ExchangeMaking *making = user;

  making->medium->exchange = peal_exchange_new (making->setup, &exchange_events, making->medium);
}

/* --- what the endpoint does with it --- */

static gboolean
prepare (PealMedium *medium, GError **error)
{
  const PealCodec *guess = peal_negotiate_best (medium->config->codecs); /* start may know better */
  PealEarsSetup setup = {
    .loop = medium->loop,
    .sink = or_default (medium->config->audio_out, "speaker"),
    .probe = medium->probe,
    .record = medium->config->record,
    .stem = or_default (medium->config->record_as, medium->content),
    .codec = guess,
  };

  medium->ears = peal_ears_new (&setup, &ear_events, medium, error);
  if (!medium->ears)
    return FALSE;
  return make_mouth (medium, guess, error);
}

PealMedium *
peal_medium_open (const PealMediumSetup *setup, const PealMediumEvents *events, gpointer user)
{
  PealMedium *medium = g_atomic_rc_box_new0 (PealMedium);
  g_autoptr(GError) error = NULL;

  medium->loop = setup->loop;
  medium->context =
      g_main_context_ref (setup->context ? setup->context : g_main_context_default ());
  medium->config = setup->plan->config;
  medium->content = g_strdup (setup->plan->content);
  medium->probe = may_echo (medium->config) ? peal_processing_name_probe () : NULL;
  medium->events = events;
  medium->user = user;
  if (!prepare (medium, &error))
    fail (medium, error);
  return medium;
}

/* Mouth and ears do what both descriptions say. */
static gboolean
settle (PealMedium *medium, const PealRtpDescription *local, const PealRtpDescription *remote,
        PealAgreement *agreement, GError **error)
{
  if (!peal_negotiate_choose (local, remote, agreement)) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "no common codec");
    return FALSE;
  }
  if (!make_mouth (medium, agreement->codec, error))
    return FALSE;
  if (medium->mouth)
    peal_mouth_suit (medium->mouth, &agreement->wishes);
  return peal_ears_listen (medium->ears, local, agreement, error);
}

typedef struct {
  PealMedium *medium;
  PealControl control; /* 0: a new direction */
  int value;
  gboolean send, receive;
  char *keys; /* owned; of DTMF */
} Wish;

static void
grant (gpointer user)
{
  g_autofree Wish *wish = user;
  g_autofree char *keys = wish->keys;
  PealExchange *exchange = wish->medium->exchange;

  if (exchange && !wish->control)
    peal_exchange_direct (exchange, wish->send, wish->receive);
  if (exchange && wish->control == PEAL_CONTROL_MUTE)
    peal_exchange_mute (exchange, wish->value);
  if (exchange && wish->control == PEAL_CONTROL_HOLD)
    peal_exchange_hold (exchange, wish->value);
  if (exchange && keys && !peal_exchange_dial (exchange, keys, (guint) wish->value))
    tell_unsaid (wish->medium, keys, PEAL_CAUSE_MEDIA, "too many wait to be sent already");
  g_atomic_rc_box_release_full (wish->medium, medium_clear);
}

/* Tells the exchange, in the order of the user's wishes. */
static void
pass_on (PealMedium *medium, const Wish *wish)
{
  Wish *posted = g_memdup2 (wish, sizeof *wish);

  posted->medium = g_atomic_rc_box_acquire (medium);
  peal_loop_post (medium->loop, grant, posted);
}

/* On hold is who holds, or whom the peer does: in either case nothing is said or heard. */
static gboolean
is_held (const PealMedium *medium)
{
  return medium->held || medium->put_off;
}

/* What stands against sending keys, of what is known here; NULL: nothing does. */
static const char *
why_no_keys (const PealMedium *medium)
{
  if (!medium->started)
    return "the call is not connected yet";
  if (!medium->keys)
    return "the other side takes none (it knows no telephone-event)";
  if (is_held (medium))
    return "the call is on hold";
  return medium->sending ? NULL : "the other side does not listen";
}

static void
press (PealMedium *medium, const char *keys, int tone_ms)
{
  g_autoptr(GError) error = NULL;
  const char *why = why_no_keys (medium);

  if (!medium->events)
    return;
  if (!peal_dtmf_check (keys, &error))
    tell_unsaid (medium, keys, PEAL_CAUSE_USAGE, error->message);
  else if (why)
    tell_unsaid (medium, keys, medium->keys ? PEAL_CAUSE_MEDIA : PEAL_CAUSE_UNSUPPORTED, why);
  else
    pass_on (medium, &(Wish) { .control = PEAL_CONTROL_DTMF,
                               .value = MAX (0, tone_ms),
                               .keys = g_strdup (keys) });
}

void
peal_medium_start (PealMedium *medium, gconstpointer local, gconstpointer remote,
                   PealChannel *const lanes[PEAL_N_LANES], gboolean send, gboolean receive)
{
  g_autoptr(GError) error = NULL;
  PealAgreement agreement;
  guint keys_heard[128];

  medium->sending = send;
  if (medium->started || !medium->events) { /* senders changed, or it has failed already */
    pass_on (medium, &(Wish) { .send = send, .receive = receive });
    speak (medium);
    return;
  }
  medium->started = g_get_monotonic_time ();
  if (!medium->ears || !settle (medium, local, remote, &agreement, &error)) {
    if (error)
      fail (medium, error);
    return;
  }
  PealExchangeSetup setup = {
    .loop = medium->loop,
    .rtp = lanes[PEAL_LANE_RTP],
    .rtcp = lanes[PEAL_LANE_RTCP],
    .codec = agreement.codec,
    .payload_type = agreement.send,
    .wishes = agreement.wishes,
    .send = send,
    .receive = receive,
    .engine = medium->mouth && send,
    .keys_type = agreement.keys,
    .keys_clock = agreement.keys_clock,
    .keys_heard = keys_heard,
  };
  for (guint i = 0; i < G_N_ELEMENTS (keys_heard); i++)
    keys_heard[i] = peal_negotiate_keys (local, (guint8) i);
  medium->keys = agreement.keys_clock > 0;
  peal_loop_call (medium->loop, make_exchange, &(ExchangeMaking) { medium, &setup });
  pass_on (medium, &(Wish) { .control = PEAL_CONTROL_MUTE, .value = medium->muted });
  pass_on (medium, &(Wish) { .control = PEAL_CONTROL_HOLD, .value = is_held (medium) });
}

void
peal_medium_control (PealMedium *medium, PealControl control, int value, const char *text)
{
  if (control == PEAL_CONTROL_MUTE)
    medium->muted = value;
  if (control == PEAL_CONTROL_HOLD)
    medium->held = value;
  if (control == PEAL_CONTROL_HELD)
    medium->put_off = value;
  if (control == PEAL_CONTROL_MUTE)
    pass_on (medium, &(Wish) { .control = PEAL_CONTROL_MUTE, .value = medium->muted });
  else if (control == PEAL_CONTROL_DTMF)
    press (medium, text, value);
  else
    pass_on (medium, &(Wish) { .control = PEAL_CONTROL_HOLD, .value = is_held (medium) });
}

typedef struct {
  PealMedium *medium;
  PealStats stats;
} Ending;

static void
end_exchange (gpointer user)
{
  Ending *ending = user;
  PealExchange *exchange = g_steal_pointer (&ending->medium->exchange);

  if (!exchange)
    return;
  peal_exchange_stats (exchange, &ending->stats);
  peal_exchange_free (exchange);
}

void
peal_medium_close (PealMedium *medium, PealEvent *last)
{
  Ending ending = { .medium = medium };

  medium->events = NULL;
  peal_stats_init (&ending.stats);
  ending.stats.sent_level_db = sent_level (medium);
  drop_mouth (medium);
  peal_loop_call (medium->loop, end_exchange, &ending);
  if (medium->ears)
    peal_ears_second (medium->ears, &ending.stats);
  if (last)
    peal_stats_event (last, medium->content, &ending.stats);
  g_clear_pointer (&medium->ears, peal_ears_free);
  g_atomic_rc_box_release_full (medium, medium_clear);
}
