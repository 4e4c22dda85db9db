/* Which codecs two sides share: offer × our rows → answer (XEP-0167 §4, RFC 3264 §6). Pure, but for
 * the question of which rows can start on this machine. */
// SPDX-License-Identifier: MIT
#include "media/negotiate.h"

#include "media/dtmf.h"
#include "media/pipeline.h"
#include "signaling/event.h"

enum { FIRST_DYNAMIC = 96, LAST_DYNAMIC = 127 };                         /* RFC 3551 §6 */
enum { KEYS_CLOCK = 8000, LOWEST_CLOCK = 1000, HIGHEST_CLOCK = 192000 }; /* of keys, Hz */

static gboolean
works (const PealCodec *codec)
{
  return peal_pipeline_has (codec->speak) && peal_pipeline_has (codec->hear);
}

/* What cannot start here is not offered; where nothing can, all are, and the call fails with the
 * name of what is missing. */
static void
add_rows (GPtrArray *rows)
{
  for (const PealCodec *const *codec = peal_codecs; *codec; codec++)
    if (works (*codec))
      g_ptr_array_add (rows, (gpointer) *codec);
  gboolean none = !rows->len;
  for (const PealCodec *const *codec = peal_codecs; none && *codec; codec++)
    g_ptr_array_add (rows, (gpointer) *codec);
}

/* A name may have several rows (speex). */
static void
add_named (GPtrArray *rows, const char *name)
{
  for (const PealCodec *const *codec = peal_codecs; *codec; codec++)
    if (!g_ascii_strcasecmp ((*codec)->name, name) && !g_ptr_array_find (rows, *codec, NULL))
      g_ptr_array_add (rows, (gpointer) *codec);
}

/* Rows by the user's preference; unknown words of a list are passed over, as others may be for
 * pictures. */
static GPtrArray *
rows_by_preference (const char *preference)
{
  GPtrArray *rows = g_ptr_array_new ();

  if (!preference) {
    add_rows (rows);
    return rows;
  }
  g_auto(GStrv) words = g_strsplit (preference, ",", -1);
  for (char **word = words; *word; word++)
    add_named (rows, g_strstrip (*word));
  return rows;
}

const PealCodec *
peal_negotiate_best (const char *preference)
{
  g_autoptr(GPtrArray) rows = rows_by_preference (preference);

  return rows->len > 0 ? rows->pdata[0] : peal_codecs[0];
}

/* A static number needs no name (XEP-0167 §4); a clock rate or channels that are not said fit. */
static gboolean
matches (const PealCodec *codec, const PealPayloadType *type)
{
  if (type->name ? g_ascii_strcasecmp (type->name, codec->name) != 0
                 : type->id >= FIRST_DYNAMIC || type->id != codec->payload_type)
    return FALSE;
  return (type->clockrate == 0 || type->clockrate == codec->clock_rate) &&
         type->channels <= codec->max_channels;
}

static const PealCodec *
codec_of (const PealPayloadType *type)
{
  for (const PealCodec *const *codec = peal_codecs; *codec; codec++)
    if (matches (*codec, type))
      return *codec;
  return NULL;
}

static guint
n_types (const PealRtpDescription *description)
{
  return description->payload_types ? description->payload_types->len : 0;
}

/* The clock of the keys that @type stands for (RFC 4733), Hz; 0: it stands for something else. */
static guint
clock_of_keys (const PealPayloadType *type)
{
  if (!type->name || g_ascii_strcasecmp (type->name, PEAL_DTMF_NAME) != 0)
    return 0;
  guint clock_rate = type->clockrate ? type->clockrate : KEYS_CLOCK;
  return clock_rate >= LOWEST_CLOCK && clock_rate <= HIGHEST_CLOCK ? clock_rate : 0;
}

/* The first payload type of @description in @codec, or NULL. */
static const PealPayloadType *
type_of (const PealRtpDescription *description, const PealCodec *codec)
{
  for (guint i = 0; i < n_types (description); i++) {
    const PealPayloadType *type = g_ptr_array_index (description->payload_types, i);
    if (matches (codec, type))
      return type;
  }
  return NULL;
}

static PealPayloadType *
add_line (PealRtpDescription *description, guint id, const char *name, guint clock_rate)
{
  PealPayloadType *type = peal_element_new (&peal_payload_type_element);

  type->id = id;
  type->name = g_strdup (name);
  type->clockrate = clock_rate;
  if (!description->payload_types)
    description->payload_types = g_ptr_array_new ();
  g_ptr_array_add (description->payload_types, type);
  return type;
}

static void
add_parameter (PealPayloadType *type, const char *name, const char *value)
{
  PealPayloadParameter *written = g_new0 (PealPayloadParameter, 1);

  *written = (PealPayloadParameter) { g_strdup (name), g_strdup (value) };
  if (!type->parameters)
    type->parameters = g_ptr_array_new ();
  g_ptr_array_add (type->parameters, written);
}

static void
add_type (PealRtpDescription *description, const PealCodec *codec, guint id)
{
  PealPayloadType *type = add_line (description, id, codec->name, codec->clock_rate);

  type->channels = codec->channels;
  for (const PealCodecParameter *parameter = codec->parameters; parameter && parameter->name;
       parameter++)
    add_parameter (type, parameter->name, parameter->value);
}

/* --- keys --- */

static void
add_keys (PealRtpDescription *description, guint id, guint clock_rate)
{
  add_parameter (add_line (description, id, PEAL_DTMF_NAME, clock_rate), "events",
                 PEAL_DTMF_EVENTS);
}

static gboolean
has_number (const PealRtpDescription *description, guint id)
{
  for (guint i = 0; i < n_types (description); i++)
    if (((PealPayloadType *) g_ptr_array_index (description->payload_types, i))->id == id)
      return TRUE;
  return FALSE;
}

/* A number for keys by @clock_rate: libwebrtc's, where it is free. */
static guint
number_for_keys (const PealRtpDescription *description, guint clock_rate)
{
  guint id = clock_rate == 48000 ? 110 : clock_rate == 8000 ? 126 : 113;

  for (guint other = LAST_DYNAMIC; has_number (description, id) && other >= FIRST_DYNAMIC; other--)
    id = other;
  return id;
}

/* The first line of @description for keys by @clock_rate (0: any), or NULL. */
static const PealPayloadType *
keys_of (const PealRtpDescription *description, guint clock_rate)
{
  for (guint i = 0; i < n_types (description); i++) {
    const PealPayloadType *type = g_ptr_array_index (description->payload_types, i);
    guint clock = clock_of_keys (type);
    if (clock && (!clock_rate || clock == clock_rate))
      return type;
  }
  return NULL;
}

/* RFC 4733 §2.1: keys go by the clock of the sound, so each clock has a line of its own. */
static void
offer_keys (PealRtpDescription *offer)
{
  for (guint i = 0, n = n_types (offer); i < n; i++) {
    const PealPayloadType *type = g_ptr_array_index (offer->payload_types, i);
    if (!keys_of (offer, type->clockrate))
      add_keys (offer, number_for_keys (offer, type->clockrate), type->clockrate);
  }
}

/* Of @offer's lines those whose clock has a codec in @answer; any is better than none. */
static void
answer_keys (PealRtpDescription *answer, const PealRtpDescription *offer)
{
  const PealPayloadType *any = keys_of (offer, 0);

  for (guint i = 0, n = n_types (answer); i < n; i++) {
    const PealPayloadType *type = g_ptr_array_index (answer->payload_types, i);
    const PealPayloadType *keys = keys_of (offer, type->clockrate);
    if (keys && !keys_of (answer, type->clockrate))
      add_keys (answer, keys->id, type->clockrate);
  }
  if (any && !keys_of (answer, 0))
    add_keys (answer, any->id, clock_of_keys (any));
}

/* --- descriptions --- */

static PealRtpDescription *
new_description (void)
{
  PealRtpDescription *description = peal_element_new (&peal_rtp_description_element);

  description->media = PEAL_MEDIA_AUDIO;
  return description;
}

PealRtpDescription *
peal_negotiate_offer (const char *preference, GError **error)
{
  g_autoptr(PealRtpDescription) offer = new_description ();
  g_autoptr(GPtrArray) rows = rows_by_preference (preference);

  for (guint i = 0; i < rows->len; i++) {
    const PealCodec *codec = g_ptr_array_index (rows, i);
    add_type (offer, codec, codec->payload_type);
  }
  offer_keys (offer);
  offer->rtcp_mux = TRUE;
  if (rows->len > 0)
    return g_steal_pointer (&offer);
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
               "--codec %s: none of these is a codec of sound here", preference);
  return NULL;
}

/* "speex, G722": what a description has, for a person. */
static char *
list_names (const PealRtpDescription *description)
{
  g_autoptr(GString) names = g_string_new (NULL);

  for (guint i = 0; i < n_types (description); i++) {
    const PealPayloadType *type = g_ptr_array_index (description->payload_types, i);
    if (type->name && !clock_of_keys (type))
      g_string_append_printf (names, "%s%s", names->len ? ", " : "", type->name);
  }
  return names->len ? g_string_free (g_steal_pointer (&names), FALSE)
                    : g_strdup ("nothing with a name");
}

static void
set_no_codec (GError **error, const PealRtpDescription *theirs)
{
  g_autofree char *names = list_names (theirs);

  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "no common codec: the peer has %s", names);
}

PealRtpDescription *
peal_negotiate_answer (const PealRtpDescription *offer, const char *preference, GError **error)
{
  g_autoptr(PealRtpDescription) answer = new_description ();
  g_autoptr(GPtrArray) rows = rows_by_preference (preference);

  for (guint i = 0; preference && i < rows->len && n_types (answer) == 0; i++) {
    const PealPayloadType *type = type_of (offer, g_ptr_array_index (rows, i));
    if (type)
      add_type (answer, g_ptr_array_index (rows, i), type->id);
  }
  for (guint i = 0; !preference && i < n_types (offer); i++) {
    const PealPayloadType *type = g_ptr_array_index (offer->payload_types, i);
    const PealCodec *codec = codec_of (type);
    if (codec && g_ptr_array_find (rows, codec, NULL) && !type_of (answer, codec))
      add_type (answer, codec, type->id); /* one line a codec: the first is the offerer's choice */
  }
  if (n_types (answer) > 0)
    answer_keys (answer, offer);
  answer->rtcp_mux = offer->rtcp_mux;
  if (offer->media == PEAL_MEDIA_AUDIO && n_types (answer) > 0)
    return g_steal_pointer (&answer);
  set_no_codec (error, offer);
  return NULL;
}

void
peal_negotiate_promise_stereo (PealRtpDescription *ours)
{
  for (guint i = 0; i < n_types (ours); i++) {
    PealPayloadType *type = g_ptr_array_index (ours->payload_types, i);
    const PealCodec *codec = codec_of (type);
    if (codec && codec->max_channels > 1)
      add_parameter (type, "sprop-stereo", "1");
  }
}

/* The first codec of @answer that @offer has too. */
static const PealCodec *
first_shared (const PealRtpDescription *offer, const PealRtpDescription *answer)
{
  for (guint i = 0; i < n_types (answer); i++) {
    const PealCodec *codec = codec_of (g_ptr_array_index (answer->payload_types, i));
    if (codec && type_of (offer, codec))
      return codec;
  }
  return NULL;
}

gboolean
peal_negotiate_agree (const PealRtpDescription *offer, const PealRtpDescription *answer,
                      GError **error)
{
  if (answer->media == PEAL_MEDIA_AUDIO && first_shared (offer, answer))
    return TRUE;
  set_no_codec (error, answer);
  return FALSE;
}

gboolean
peal_negotiate_choose (const PealRtpDescription *local, const PealRtpDescription *remote,
                       PealAgreement *agreement)
{
  const PealRtpDescription *answer = n_types (local) < n_types (remote) ? local : remote;
  const PealCodec *codec = first_shared (answer == local ? remote : local, answer);

  if (!codec)
    return FALSE;
  const PealPayloadType *theirs = type_of (remote, codec);
  const PealPayloadType *keys = keys_of (remote, codec->clock_rate);
  if (!keys)
    keys = keys_of (remote, 0);
  *agreement = (PealAgreement) {
    .codec = codec,
    .send = (guint8) theirs->id,
    .keys = keys ? (guint8) keys->id : 0,
    .keys_clock = keys ? clock_of_keys (keys) : 0,
  };
  peal_wishes_read (&agreement->wishes, theirs);
  PealWishes promised;
  peal_wishes_read (&promised, type_of (local, codec));
  agreement->speaks_stereo = promised.sends_stereo && agreement->wishes.stereo;
  return TRUE;
}

guint
peal_negotiate_keys (const PealRtpDescription *local, guint8 payload_type)
{
  for (guint i = 0; i < n_types (local); i++) {
    const PealPayloadType *type = g_ptr_array_index (local->payload_types, i);
    if (type->id == payload_type)
      return clock_of_keys (type);
  }
  return 0;
}

const PealCodec *
peal_negotiate_heard (const PealRtpDescription *local, guint8 payload_type)
{
  for (guint i = 0; i < n_types (local); i++) {
    const PealPayloadType *type = g_ptr_array_index (local->payload_types, i);
    if (type->id == payload_type)
      return codec_of (type);
  }
  return NULL;
}
