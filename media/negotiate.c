/* What two sides share: offer × our rows → answer (XEP-0167 §4, RFC 3264 §6). Pure, but for the
 * question of which rows can start on this machine, and random numbers of sources. */
// SPDX-License-Identifier: MIT
#include "media/negotiate.h"

#include <string.h>

#include "media/negotiate_inner.h"
#include "signaling/event.h"

/* --- optional parts --- */

static const char *const strip_words[] = { "ssrc", "hdrext", "rtcp-fb", "rtx", "fec", "rsize" };

/* The bits that @words mean; the first unknown one is @unknown (given). */
static PealStrip
read_strip (const char *words, char **unknown)
{
  g_auto(GStrv) list = g_strsplit (words ? words : "", ",", -1);
  PealStrip strip = 0;

  for (char **word = list; *word; word++) {
    PealStrip bit = 0;
    g_strstrip (*word);
    for (guint i = 0; i < G_N_ELEMENTS (strip_words); i++)
      if (g_str_equal (*word, strip_words[i]))
        bit = 1u << i;
    strip |= bit;
    if (!bit && unknown && !*unknown)
      *unknown = g_strdup (*word);
  }
  return strip;
}

PealStrip
peal_negotiate_strip (const char *words)
{
  return read_strip (words, NULL);
}

gboolean
peal_negotiate_check_strip (const char *strip, GError **error)
{
  g_autofree char *unknown = NULL;

  read_strip (strip, &unknown);
  if (!unknown)
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
               "--strip %s: not one of ssrc, hdrext, rtcp-fb, rtx, fec, rsize", unknown);
  return FALSE;
}

/* --- offers --- */

static PealRtpDescription *
new_description (PealMedia media)
{
  PealRtpDescription *description = peal_element_new (&peal_rtp_description_element);

  description->media = media;
  return description;
}

static void
add_codec (PealRtpDescription *description, const PealCodec *codec, const PealPayloadType *theirs)
{
  guint id = theirs ? theirs->id : codec->payload_type;
  PealPayloadType *line = peal_line_add (description, id, codec->name, codec->clock_rate);

  line->channels = codec->channels;
  peal_format_write (line, codec, theirs);
}

PealRtpDescription *
peal_negotiate_offer (const PealNegotiatePlan *plan, GError **error)
{
  g_autoptr(PealRtpDescription) offer = new_description (plan->media);
  PealStrip strip = peal_negotiate_strip (plan->strip);
  gboolean named;
  g_autoptr(GPtrArray) rows = peal_negotiate_wanted (plan, &named);

  if (plan->codecs && !peal_negotiate_names_any (plan->codecs)) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "--codec %s: none of these is a codec here",
                 plan->codecs);
    return NULL;
  }
  if (rows->len == 0) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA,
                 "no codec of pictures can start here (peal doctor tells what is missing)");
    return NULL;
  }
  for (guint i = 0; i < rows->len; i++)
    add_codec (offer, g_ptr_array_index (rows, i), NULL);
  if (plan->media == PEAL_MEDIA_AUDIO)
    peal_keys_offer (offer);
  else
    peal_repair_offer (offer, strip);
  peal_parts_offer (offer, strip);
  offer->rtcp_mux = TRUE;
  return g_steal_pointer (&offer);
}

/* --- answers --- */

/* "speex, G722": what a description has, for a person: each name once, no more than fits into a
 * sentence. */
static char *
list_names (const PealRtpDescription *description)
{
  enum { MOST = 12, LONGEST = 24 };
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < peal_line_count (description) && names->len < MOST; i++) {
    const PealPayloadType *line = peal_line_at (description, i);
    if (!line->name || peal_keys_clock (line) || peal_repair_is (line))
      continue;
    g_autofree char *name = g_utf8_strlen (line->name, -1) > LONGEST
                                ? g_utf8_substring (line->name, 0, LONGEST)
                                : g_strdup (line->name);
    if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
      g_ptr_array_add (names, g_steal_pointer (&name));
  }
  if (names->len == 0)
    return g_strdup ("nothing with a name");
  g_ptr_array_add (names, NULL);
  return g_strjoinv (", ", (char **) names->pdata);
}

static void
set_no_codec (GError **error, const PealRtpDescription *theirs)
{
  g_autofree char *names = list_names (theirs);

  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "no common codec: the peer has %s", names);
}

/* One line a codec: the first is the offerer's choice. */
static void
answer_in_their_order (PealRtpDescription *answer, const PealRtpDescription *offer,
                       const GPtrArray *rows)
{
  for (guint i = 0; i < peal_line_count (offer); i++) {
    const PealPayloadType *line = peal_line_at (offer, i);
    const PealCodec *codec = peal_line_codec (offer, i);
    if (codec && g_ptr_array_find ((GPtrArray *) rows, codec, NULL) &&
        peal_line_of (offer, codec) == line && !peal_line_find (answer, line->id))
      add_codec (answer, codec, line);
  }
}

static void
answer_our_best (PealRtpDescription *answer, const PealRtpDescription *offer, const GPtrArray *rows)
{
  for (guint i = 0; i < rows->len && peal_line_count (answer) == 0; i++) {
    const PealPayloadType *line = peal_line_of (offer, g_ptr_array_index (rows, i));
    if (line)
      add_codec (answer, g_ptr_array_index (rows, i), line);
  }
}

PealRtpDescription *
peal_negotiate_answer (const PealRtpDescription *offer, const PealNegotiatePlan *plan,
                       GError **error)
{
  g_autoptr(PealRtpDescription) answer = new_description (plan->media);
  PealStrip strip = peal_negotiate_strip (plan->strip);
  gboolean named;
  g_autoptr(GPtrArray) rows = peal_negotiate_wanted (plan, &named);

  if (offer->media == plan->media && named)
    answer_our_best (answer, offer, rows);
  else if (offer->media == plan->media)
    answer_in_their_order (answer, offer, rows);
  if (peal_line_count (answer) == 0) {
    set_no_codec (error, offer);
    return NULL;
  }
  if (plan->media == PEAL_MEDIA_AUDIO)
    peal_keys_answer (answer, offer);
  else
    peal_repair_answer (answer, offer, strip);
  peal_parts_answer (answer, offer, strip);
  answer->rtcp_mux = offer->rtcp_mux;
  return g_steal_pointer (&answer);
}

void
peal_negotiate_promise_stereo (PealRtpDescription *ours)
{
  for (guint i = 0; i < peal_line_count (ours); i++) {
    PealPayloadType *line = ours->payload_types->pdata[i];
    const PealCodec *codec = peal_line_codec (ours, i);
    if (codec && codec->max_channels > 1)
      peal_line_set (line, "sprop-stereo", "1");
  }
}

/* --- what both come to --- */

/* The first codec of @answer that @offer has too. */
static const PealCodec *
first_shared (const PealRtpDescription *offer, const PealRtpDescription *answer)
{
  for (guint i = 0; i < peal_line_count (answer); i++) {
    const PealCodec *codec = peal_line_codec (answer, i);
    if (codec && peal_line_of (offer, codec))
      return codec;
  }
  return NULL;
}

gboolean
peal_negotiate_agree (const PealRtpDescription *offer, const PealRtpDescription *answer,
                      GError **error)
{
  if (answer->media == offer->media && first_shared (offer, answer))
    return TRUE;
  set_no_codec (error, answer);
  return FALSE;
}

/* RFC 8866 §5.8 and RFC 3890; the lower of what is said. */
static void
limit_bitrate (PealAgreement *agreement, const PealBandwidth *bandwidth)
{
  guint64 number;

  if (!bandwidth || !bandwidth->value ||
      !g_ascii_string_to_unsigned (bandwidth->value, 10, 1, 4000000, &number, NULL))
    return;
  guint unit = !g_ascii_strcasecmp (bandwidth->type, "AS")     ? 1000
               : !g_ascii_strcasecmp (bandwidth->type, "TIAS") ? 1
                                                               : 0;
  guint bitrate = (guint) number * unit;
  if (bitrate && (!agreement->most_bitrate || bitrate < agreement->most_bitrate))
    agreement->most_bitrate = bitrate;
}

/* Of sound it counts like the parameter of Opus, but for what no sound fits into. */
static void
limit_sound (PealAgreement *agreement)
{
  enum { LEAST = 6000 }; /* RFC 7587 §6.1 */
  guint *most = &agreement->wishes.most_bitrate;

  if (agreement->most_bitrate && (!*most || agreement->most_bitrate < *most))
    *most = MAX (agreement->most_bitrate, LEAST);
}

gboolean
peal_negotiate_choose (const PealRtpDescription *local, const PealRtpDescription *remote,
                       PealAgreement *agreement)
{
  const PealRtpDescription *answer =
      peal_line_count (local) < peal_line_count (remote) ? local : remote;
  const PealCodec *codec = local->media == remote->media
                               ? first_shared (answer == local ? remote : local, answer)
                               : NULL;

  if (!codec)
    return FALSE;
  const PealPayloadType *theirs = peal_line_of (remote, codec), *ours = peal_line_of (local, codec);
  PealWishes promised;
  *agreement = (PealAgreement) {
    .codec = codec,
    .send = (guint8) theirs->id,
    .receive = (guint8) ours->id,
  };
  peal_wishes_read (&agreement->wishes, theirs);
  peal_wishes_read (&promised, ours);
  agreement->speaks_stereo = promised.sends_stereo && agreement->wishes.stereo;
  if (local->media == PEAL_MEDIA_AUDIO)
    peal_keys_choose (agreement, remote);
  else
    peal_repair_choose (agreement, local, remote);
  peal_parts_choose (agreement, local, remote);
  peal_format_limit (agreement, theirs);
  limit_bitrate (agreement, remote->bandwidth);
  limit_sound (agreement);
  return TRUE;
}

const PealCodec *
peal_negotiate_heard (const PealRtpDescription *local, guint8 payload_type)
{
  for (guint i = 0; i < peal_line_count (local); i++)
    if (peal_line_at (local, i)->id == payload_type)
      return peal_line_codec (local, i);
  return NULL;
}
