/* One running voice: a mouth, ears and the exchange of packets between them and the peer.
 *
 * A medium lives on the endpoint's context. Its exchange lives on the loop, mouth and ears have
 * threads of GStreamer's; what these have to tell comes back as letters to the context, which a
 * closed medium throws away. */
// SPDX-License-Identifier: MIT
#include "media/medium_inner.h"

#include <math.h>

#include "media/processing.h"
#include "media/sink.h"
#include "media/source.h"
#include "media/stats.h"

const char *
peal_medium_source (const PealMedium *medium)
{
  return medium->config->audio_in ? medium->config->audio_in : "mic";
}

const char *
peal_medium_sink (const PealMedium *medium)
{
  return medium->config->audio_out ? medium->config->audio_out : "speaker";
}

/* --- the mouth --- */

static void
mouth_device (gpointer medium, const char *why)
{
  peal_medium_tell_device (medium, "audio-in", why);
}

static void
mouth_packet (gpointer user, const PealPacket *packet, guint8 level)
{
  PealMedium *medium = user;

  if (medium->exchange)
    peal_exchange_send (medium->exchange, packet, level);
}

static void
engine_ended (gpointer user)
{
  PealMedium *medium = user;

  if (medium->exchange)
    peal_exchange_engine_ended (medium->exchange);
  peal_medium_unref (medium);
}

static void
mouth_ended (gpointer user)
{
  PealMedium *medium = user;

  peal_loop_post (medium->loop, engine_ended, peal_medium_ref (medium));
}

static const PealMouthEvents mouth_events = {
  .packet = mouth_packet, .ended = mouth_ended, .failed = peal_medium_fail, .device = mouth_device
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
may_echo (const PealMedium *medium)
{
  return processing_of (medium->config) & PEAL_PROCESSING_ECHO &&
         peal_source_is_device (peal_medium_source (medium)) &&
         peal_sink_is_device (peal_medium_sink (medium)) && peal_processing_is_here ();
}

/* A mouth for @codec, prepared. */
static gboolean
make_mouth (PealMedium *medium, const PealCodec *codec, GError **error)
{
  PealMouthSetup setup = { .loop = medium->loop,
                           .source = peal_medium_source (medium),
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
    peal_medium_fail (medium, error);
}

static void
read_open (PealMedium *medium, PealLetter *letter)
{
  medium->open = TRUE;
  speak (medium);
}

/* --- the ears --- */

static void
ear_device (gpointer medium, const char *why)
{
  peal_medium_tell_device (medium, "audio-out", why);
}

static void
read_first (PealMedium *medium, PealLetter *letter)
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
  PealLetter *letter = peal_letter_new (user, read_first);

  letter->at = at;
  peal_letter_post (letter);
}

static void
ear_due (gpointer user, guint32 timestamp, gint64 at)
{
  PealMedium *medium = user;

  if (medium->sync)
    peal_sync_heard (medium->sync, timestamp, at);
}

static const PealEarEvents ear_events = {
  .first = ear_first,
  .failed = peal_medium_fail,
  .device = ear_device,
  .due = ear_due,
  .record_ended = peal_medium_tell_record_ended,
};

static void
read_other_codec (PealMedium *medium, PealLetter *letter)
{
  g_autoptr(GError) error = NULL;

  if (!peal_ears_tune (medium->ears, letter->payload_type, &error))
    peal_medium_fail (medium, error);
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
  peal_letter_post (peal_letter_new (user, read_open));
}

static void
exchange_heard (gpointer user, const PealPacket *packet, const PealDatagram *data)
{
  PealMedium *medium = user;

  if (!peal_ears_hear (medium->ears, packet, data))
    return;
  PealLetter *letter = peal_letter_new (medium, read_other_codec);
  letter->payload_type = packet->payload_type;
  peal_letter_post (letter);
}

static void
exchange_sent (gpointer user, const PealDatagram *data)
{
  PealMedium *medium = user;

  peal_ears_sent (medium->ears, data);
}

static void
read_second (PealMedium *medium, PealLetter *letter)
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
  PealLetter *letter = peal_letter_new (medium, read_second);

  peal_stats_init (&letter->stats);
  peal_exchange_stats (medium->exchange, &letter->stats);
  peal_letter_post (letter);
}

static void
read_rate (PealMedium *medium, PealLetter *letter)
{
  if (medium->mouth)
    peal_mouth_steer (medium->mouth, letter->bitrate, letter->loss_percent);
}

static void
exchange_rate (gpointer user, guint bitrate, guint loss_percent)
{
  PealLetter *letter = peal_letter_new (user, read_rate);

  letter->bitrate = bitrate;
  letter->loss_percent = loss_percent;
  peal_letter_post (letter);
}

static void
exchange_passed (gpointer user, const PealPacket *place, gboolean taken)
{
  PealMedium *medium = user;

  peal_ears_pass (medium->ears, place, taken);
}

static void
exchange_key (gpointer user, const PealDtmfHeard *heard)
{
  peal_medium_tell_key (user, heard);
}

static void
exchange_unsaid (gpointer user, const char *keys)
{
  peal_medium_tell_unsaid (user, keys, PEAL_CAUSE_MEDIA, "nothing is said in this call now");
}

static void
exchange_reported (gpointer user, guint64 ntp, guint32 timestamp)
{
  PealMedium *medium = user;

  if (medium->sync)
    peal_sync_report (medium->sync, PEAL_SYNC_SOUND, ntp, timestamp, medium->clock_rate);
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
  .reported = exchange_reported,
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
  PealNegotiatePlan plan = { .media = PEAL_MEDIA_AUDIO, .codecs = medium->config->codecs };
  const PealCodec *guess = peal_negotiate_best (&plan); /* start may know better */
  PealEarsSetup setup = {
    .loop = medium->loop,
    .sink = peal_medium_sink (medium),
    .probe = medium->probe,
    .record = medium->config->record,
    .stem = medium->config->record_as ? medium->config->record_as : medium->content,
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
  medium->probe = may_echo (medium) ? peal_processing_name_probe () : NULL;
  medium->events = events;
  medium->user = user;
  if (!prepare (medium, &error))
    peal_medium_fail (medium, error);
  return medium;
}

void
peal_medium_rename (PealMedium *medium, const char *name)
{
  g_free (medium->content);
  medium->content = g_strdup (name);
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
    peal_mouth_suit (medium->mouth, &agreement->wishes, agreement->speaks_stereo);
  return peal_ears_listen (medium->ears, local, agreement, error);
}

/* Packets begin to go as was agreed, by the lanes and in the directions of @setup. */
static void
exchange (PealMedium *medium, const PealRtpDescription *local, const PealAgreement *agreement,
          PealExchangeSetup *setup)
{
  guint keys_heard[128];

  for (guint i = 0; i < G_N_ELEMENTS (keys_heard); i++)
    keys_heard[i] = peal_negotiate_keys (local, (guint8) i);
  medium->keys = agreement->keys_clock > 0;
  medium->clock_rate = agreement->codec->clock_rate;
  setup->loop = medium->loop;
  setup->codec = agreement->codec;
  setup->payload_type = agreement->send;
  setup->ssrc = agreement->ssrc;
  setup->ids = agreement->ids;
  /* A peer that was told the source knows whose packets these are; libwebrtc M106 takes none that
   * name the content once it was refused the picture of the same group. */
  setup->content = local->ssrc ? NULL : medium->content;
  setup->wishes = agreement->wishes;
  setup->engine = medium->mouth && setup->send;
  setup->keys_type = agreement->keys;
  setup->keys_clock = agreement->keys_clock;
  setup->keys_heard = keys_heard;
  peal_loop_call (medium->loop, make_exchange, &(ExchangeMaking) { medium, setup });
}

/* The peer may describe itself anew (XEP-0167 §9). Of that how much it takes is obeyed: another
 * codec or number it has to offer again. */
static void
obey (PealMedium *medium, const PealRtpDescription *local, const PealRtpDescription *remote)
{
  PealAgreement agreement;

  if (medium->events && medium->mouth && peal_negotiate_choose (local, remote, &agreement) &&
      agreement.codec == peal_mouth_codec (medium->mouth))
    peal_mouth_limit (medium->mouth, agreement.wishes.most_bitrate);
}

void
peal_medium_start (PealMedium *medium, gconstpointer local, gconstpointer remote,
                   PealChannel *const lanes[PEAL_N_LANES], gboolean send, gboolean receive)
{
  g_autoptr(GError) error = NULL;
  PealAgreement agreement;

  medium->sending = send;
  if (medium->started || !medium->events) { /* senders changed, or it has failed already */
    peal_medium_wish_direction (medium, send, receive);
    obey (medium, local, remote);
    speak (medium);
    return;
  }
  medium->started = g_get_monotonic_time ();
  if (!medium->ears || !settle (medium, local, remote, &agreement, &error)) {
    if (error)
      peal_medium_fail (medium, error);
    return;
  }
  PealExchangeSetup setup = {
    .rtp = lanes[PEAL_LANE_RTP],
    .rtcp = lanes[PEAL_LANE_RTCP],
    .send = send,
    .receive = receive,
  };
  exchange (medium, local, &agreement, &setup);
  peal_medium_wish_mute (medium);
  peal_medium_wish_hold (medium);
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

  g_clear_pointer (&ending->medium->sync, peal_sync_unref);
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
  peal_medium_unref (medium);
}
