/* All that hear one content: the ear a person listens with, and those that record what came and
 * what left. */
// SPDX-License-Identifier: MIT
#include "media/ears.h"

#include "media/clip.h"
#include "media/record.h"
#include "media/stats.h"

enum { N_TYPES = 128 };
enum { RETUNE = G_USEC_PER_SEC }; /* between two changes of codec: each builds a decoder */

struct PealEars {
  PealLoop *loop;
  const char *record;
  char *stem;
  const PealEarEvents *events;
  gpointer user;
  PealEar *live;
  PealEar *sent, *heard;           /* NULL: not recorded */
  const PealCodec *types[N_TYPES]; /* what we may hear under each number; fixed by listen */
  gint tuned;                      /* atomic: the number that is understood; -1: none */
  gint asked;                      /* on the loop: the number that was last asked for, */
  gint64 asked_at;                 /* and when, µs */
};

/* --- recorders --- */

static void
recorder_first (gpointer user, gint64 at)
{
}

static void
recorder_failed (gpointer user, const GError *why)
{
  PealEars *ears = user;

  ears->events->record_ended (ears->user, why);
}

static const PealEarEvents recorder_events = { .first = recorder_first, .failed = recorder_failed };

static PealEar *
make_recorder (PealEars *ears, const char *leg, GError **error)
{
  g_autofree char *sink = peal_record_sink (ears->record, ears->stem, leg, error);
  PealEarSetup setup = { .loop = ears->loop, .sink = sink, .record = TRUE };

  return sink ? peal_ear_new (&setup, &recorder_events, ears, error) : NULL;
}

static gboolean
make_recorders (PealEars *ears, const PealAgreement *agreement, GError **error)
{
  ears->sent = make_recorder (ears, "sent", error);
  if (ears->sent && agreement->speaks_stereo)
    peal_ear_widen (ears->sent);
  if (!ears->sent || !peal_ear_tune (ears->sent, agreement->codec, agreement->send, error))
    return FALSE;
  ears->heard = make_recorder (ears, "heard", error);
  return ears->heard != NULL;
}

/* --- the life of them --- */

PealEars *
peal_ears_new (const PealEarsSetup *setup, const PealEarEvents *events, gpointer user,
               GError **error)
{
  PealEarSetup live = { .loop = setup->loop, .sink = setup->sink, .probe = setup->probe };
  PealEars *ears = g_new0 (PealEars, 1);

  ears->loop = setup->loop;
  ears->record = setup->record;
  ears->stem = g_strdup (setup->stem);
  ears->events = events;
  ears->user = user;
  ears->tuned = ears->asked = -1;
  ears->live = peal_ear_new (&live, events, user, error);
  if (ears->live &&
      peal_ear_tune (ears->live, setup->codec, (guint8) setup->codec->payload_type, error))
    return ears;
  peal_ears_free (ears);
  return NULL;
}

void
peal_ears_free (PealEars *ears)
{
  g_clear_pointer (&ears->live, peal_ear_free);
  g_clear_pointer (&ears->heard, peal_ear_free);
  g_clear_pointer (&ears->sent, peal_ear_free);
  g_free (ears->stem);
  g_free (ears);
}

gboolean
peal_ears_tune (PealEars *ears, guint8 payload_type, GError **error)
{
  const PealCodec *codec = ears->types[payload_type];

  if (g_atomic_int_get (&ears->tuned) == payload_type)
    return TRUE;
  if (!peal_ear_tune (ears->live, codec, payload_type, error))
    return FALSE;
  if (ears->heard && !peal_ear_tune (ears->heard, codec, payload_type, error))
    return FALSE;
  g_atomic_int_set (&ears->tuned, payload_type);
  return TRUE;
}

gboolean
peal_ears_listen (PealEars *ears, const PealRtpDescription *local, const PealAgreement *agreement,
                  GError **error)
{
  int type = -1;

  for (int i = N_TYPES; i-- > 0;) {
    ears->types[i] = peal_negotiate_heard (local, (guint8) i);
    if (ears->types[i] == agreement->codec)
      type = i;
  }
  g_assert (type >= 0); /* a shared codec has a number on our side */
  if (ears->record && !make_recorders (ears, agreement, error))
    return FALSE;
  if (agreement->wishes.sends_stereo) {
    peal_ear_widen (ears->live);
    if (ears->heard)
      peal_ear_widen (ears->heard);
  }
  if (!peal_ears_tune (ears, (guint8) type, error))
    return FALSE;
  gint64 now = g_get_monotonic_time ();
  peal_ear_listen (ears->live, now);
  if (ears->record) {
    peal_ear_listen (ears->heard, now);
    peal_ear_listen (ears->sent, now);
  }
  return TRUE;
}

/* --- packets --- */

gboolean
peal_ears_hear (PealEars *ears, const PealPacket *packet, const PealDatagram *data)
{
  if (packet->payload_type == g_atomic_int_get (&ears->tuned)) {
    peal_ear_hear (ears->live, packet, data);
    if (ears->heard)
      peal_ear_hear (ears->heard, packet, data);
    ears->asked = -1;
    return FALSE;
  }
  gint64 now = g_get_monotonic_time ();
  if (!ears->types[packet->payload_type] || ears->asked == packet->payload_type ||
      (ears->asked_at && now - ears->asked_at < RETUNE))
    return FALSE;
  ears->asked = packet->payload_type;
  ears->asked_at = now;
  return TRUE;
}

void
peal_ears_pass (PealEars *ears, const PealPacket *place, gboolean taken)
{
  guint8 bytes[PEAL_PACKET_MAX];
  gint tuned = g_atomic_int_get (&ears->tuned);
  PealPacket packet = *place;

  if (tuned < 0)
    return;
  packet.payload_type = (guint8) tuned;
  packet.marker = FALSE;
  packet.length = 0;
  if (!taken)
    packet.payload = g_bytes_get_data (peal_clip_silence (ears->types[tuned])->payloads->pdata[0],
                                       &packet.length);
  PealDatagram data = { .data = bytes, .length = peal_packet_write (&packet, bytes) };
  peal_ear_fill (ears->live, &packet, &data);
  if (ears->heard)
    peal_ear_fill (ears->heard, &packet, &data);
}

void
peal_ears_sent (PealEars *ears, const PealDatagram *data)
{
  PealPacket packet;

  if (ears->sent && peal_packet_read (&packet, data->data, data->length))
    peal_ear_hear (ears->sent, &packet, data);
}

const char *
peal_ears_codec (PealEars *ears)
{
  return peal_ear_codec (ears->live)->name;
}

void
peal_ears_second (PealEars *ears, PealStats *stats)
{
  PealPlayoutCount count;

  peal_ear_measure (ears->live);
  stats->level_db = peal_ear_level (ears->live);
  stats->wait_ms = (gint) peal_ear_wait (ears->live);
  peal_ear_count (ears->live, &count);
  peal_stats_judge (stats, &count, peal_ear_codec (ears->live));
}
