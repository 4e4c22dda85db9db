/* What descriptions say beside their lines: feedback (XEP-0293), header extensions (XEP-0294) and
 * sources (XEP-0339). Words that are not in the tables here are passed over. */
// SPDX-License-Identifier: MIT
#include "media/cname.h"
#include "media/negotiate_inner.h"

/* --- feedback, of pictures only --- */

typedef struct {
  const char *type, *subtype;
  gsize agreed; /* which member of PealAgreement */
} Feedback;

#define AGREED(member) G_STRUCT_OFFSET (PealAgreement, member)
static const Feedback feedbacks[] = {
  { "goog-remb", NULL, AGREED (remb) }, { "transport-cc", NULL, AGREED (transport_cc) },
  { "ccm", "fir", AGREED (fir) },       { "nack", NULL, AGREED (nack) },
  { "nack", "pli", AGREED (pli) },
};

static gboolean
list_has (const GPtrArray *list, const Feedback *feedback)
{
  for (guint i = 0; list && i < list->len; i++) {
    const PealRtcpFeedback *item = list->pdata[i];
    const char *subtype = item->subtype && *item->subtype ? item->subtype : NULL;
    if (!g_ascii_strcasecmp (item->type, feedback->type) && !subtype == !feedback->subtype &&
        (!subtype || !g_ascii_strcasecmp (subtype, feedback->subtype)))
      return TRUE;
  }
  return FALSE;
}

/* XEP-0293 §3: of one payload type, or of all. */
static gboolean
has_feedback (const PealRtpDescription *description, const PealPayloadType *line,
              const Feedback *feedback)
{
  return list_has (line->feedback, feedback) || list_has (description->feedback, feedback);
}

static void
add_feedback (PealPayloadType *line, const Feedback *feedback)
{
  PealRtcpFeedback *item = g_new0 (PealRtcpFeedback, 1);

  item->type = g_strdup (feedback->type);
  item->subtype = g_strdup (feedback->subtype);
  peal_list_append (&line->feedback, item);
}

/* On each line of a codec in @ours what is in @offer, where there is one. */
static void
write_feedback (PealRtpDescription *ours, const PealRtpDescription *offer)
{
  for (guint i = 0; i < peal_line_count (ours); i++) {
    PealPayloadType *line = ours->payload_types->pdata[i];
    const PealPayloadType *theirs = offer ? peal_line_find (offer, line->id) : NULL;
    for (guint j = 0; !peal_repair_is (line) && j < G_N_ELEMENTS (feedbacks); j++)
      if (!offer || (theirs && has_feedback (offer, theirs, &feedbacks[j])))
        add_feedback (line, &feedbacks[j]);
  }
}

static void
choose_feedback (PealAgreement *agreement, const PealRtpDescription *local,
                 const PealRtpDescription *remote)
{
  const PealPayloadType *ours = peal_line_of (local, agreement->codec);
  const PealPayloadType *theirs = peal_line_of (remote, agreement->codec);

  for (guint i = 0; i < G_N_ELEMENTS (feedbacks); i++)
    if (has_feedback (local, ours, &feedbacks[i]) && has_feedback (remote, theirs, &feedbacks[i]))
      *(gboolean *) ((char *) agreement + feedbacks[i].agreed) = TRUE;
}

/* --- header extensions --- */

typedef struct {
  const char *uri;
  guint id; /* in our offers: one for both kinds, as they may share a transport (RFC 8843 §9.2) */
  gboolean sound, picture;
  gsize agreed;
} Extension;

static const Extension extensions[] = {
  { "urn:ietf:params:rtp-hdrext:ssrc-audio-level", 1, TRUE, FALSE, AGREED (ids.audio_level) },
  { "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", 2, TRUE, TRUE,
    AGREED (ids.abs_send_time) },
  { "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", 3, FALSE, TRUE,
    AGREED (ids.transport_cc) },
  { "urn:ietf:params:rtp-hdrext:sdes:mid", 4, TRUE, TRUE, AGREED (ids.mid) },
  { "urn:3gpp:video-orientation", 13, FALSE, TRUE, AGREED (ids.orientation) },
};

enum { LAST_ID = 14 }; /* RFC 8285 §4.2: of one-byte headers, 15 is reserved */

static const PealHeaderExtension *
extension_at (const PealRtpDescription *description, guint i)
{
  return description->extensions->pdata[i];
}

static guint
n_extensions (const PealRtpDescription *description)
{
  return description->extensions ? description->extensions->len : 0;
}

/* How @description has @extension: its first line, if the id is one and no earlier line's. */
static const PealHeaderExtension *
extension_of (const PealRtpDescription *description, const Extension *extension)
{
  guint taken = 0; /* bits of ids */

  for (guint i = 0; i < n_extensions (description); i++) {
    const PealHeaderExtension *line = extension_at (description, i);
    if (line->id < 1 || line->id > LAST_ID || line->senders == PEAL_SENDERS_NONE)
      continue;
    gboolean first = !(taken & 1u << line->id);
    taken |= 1u << line->id;
    if (!g_strcmp0 (line->uri, extension->uri))
      return first ? line : NULL;
  }
  return NULL;
}

static gboolean
is_for (const Extension *extension, const PealRtpDescription *description)
{
  return description->media == PEAL_MEDIA_VIDEO ? extension->picture : extension->sound;
}

static void
add_extension (PealRtpDescription *description, const Extension *extension,
               const PealHeaderExtension *theirs)
{
  PealHeaderExtension *line = g_new0 (PealHeaderExtension, 1);

  line->id = theirs ? theirs->id : extension->id;
  line->senders = theirs ? theirs->senders : PEAL_SENDERS_ABSENT;
  line->uri = g_strdup (extension->uri);
  peal_list_append (&description->extensions, line);
}

/* The answer's are in the offer's order. */
static void
answer_extensions (PealRtpDescription *answer, const PealRtpDescription *offer)
{
  for (guint i = 0; i < n_extensions (offer); i++)
    for (guint j = 0; j < G_N_ELEMENTS (extensions); j++)
      if (is_for (&extensions[j], answer) &&
          extension_of (offer, &extensions[j]) == extension_at (offer, i))
        add_extension (answer, &extensions[j], extension_at (offer, i));
}

/* An id that only one of both has means nothing; where they differ, the answer's does not count. */
static void
choose_extensions (PealAgreement *agreement, const PealRtpDescription *local,
                   const PealRtpDescription *remote)
{
  for (guint i = 0; i < G_N_ELEMENTS (extensions); i++) {
    const PealHeaderExtension *ours = extension_of (local, &extensions[i]);
    const PealHeaderExtension *theirs = extension_of (remote, &extensions[i]);
    if (is_for (&extensions[i], local) && ours && theirs && ours->id == theirs->id)
      *((guint8 *) agreement + extensions[i].agreed) = (guint8) ours->id;
  }
}

/* --- sources --- */

static void
add_source (PealRtpDescription *description, guint32 ssrc)
{
  PealSource *source = g_new0 (PealSource, 1);
  PealPayloadParameter *cname = g_new0 (PealPayloadParameter, 1);

  *cname = (PealPayloadParameter) { g_strdup ("cname"), g_strdup (peal_cname ()) };
  source->ssrc = ssrc;
  peal_list_append (&source->parameters, cname);
  peal_list_append (&description->sources, source);
}

static guint32
random_ssrc (void)
{
  return MAX (1u, g_random_int ()); /* 0 means none here */
}

/* RFC 5576 §4.2: FID says which source retransmits which. */
static void
add_group (PealRtpDescription *description, guint32 first, guint32 second)
{
  PealSourceGroup *group = g_new0 (PealSourceGroup, 1);
  const guint32 ssrcs[] = { first, second };

  group->semantics = g_strdup ("FID");
  for (guint i = 0; i < G_N_ELEMENTS (ssrcs); i++) {
    PealSource *source = g_new0 (PealSource, 1);
    source->ssrc = ssrcs[i];
    peal_list_append (&group->sources, source);
  }
  peal_list_append (&description->groups, group);
}

/* libwebrtc takes two sources for two tracks, and refuses them, unless a stream says that they are
 * one; and of what shares a stream it keeps the picture with its sound. */
static void
add_stream (PealRtpDescription *description)
{
  PealMediaStream *stream = g_new0 (PealMediaStream, 1);

  stream->id = g_strdup (peal_cname ());
  stream->track =
      g_strdup_printf ("%s-%u", peal_media_words[description->media], description->ssrc);
  peal_list_append (&description->streams, stream);
}

static void
write_sources (PealRtpDescription *ours)
{
  gboolean repairs = FALSE;

  for (guint i = 0; i < peal_line_count (ours); i++)
    repairs |= !g_strcmp0 (peal_line_at (ours, i)->name, "rtx");
  ours->ssrc = random_ssrc ();
  add_source (ours, ours->ssrc);
  add_stream (ours);
  if (!repairs)
    return;
  guint32 rtx = ours->ssrc ^ MAX (1u, g_random_int ());
  add_source (ours, rtx);
  add_group (ours, ours->ssrc, rtx);
}

/* The source of the stream itself and that of its retransmissions; 0: not told. */
static void
read_sources (const PealRtpDescription *description, guint32 *ssrc, guint32 *rtx)
{
  const PealSource *first =
      description->sources && description->sources->len > 0 ? description->sources->pdata[0] : NULL;

  *ssrc = first ? first->ssrc : description->ssrc;
  *rtx = 0;
  for (guint i = 0; description->groups && i < description->groups->len; i++) {
    const PealSourceGroup *group = description->groups->pdata[i];
    if (g_ascii_strcasecmp (group->semantics, "FID") != 0 || !group->sources ||
        group->sources->len < 2)
      continue;
    *ssrc = ((const PealSource *) group->sources->pdata[0])->ssrc;
    *rtx = ((const PealSource *) group->sources->pdata[1])->ssrc;
    return;
  }
}

static void
choose_sources (PealAgreement *agreement, const PealRtpDescription *local,
                const PealRtpDescription *remote)
{
  read_sources (local, &agreement->ssrc, &agreement->rtx_ssrc);
  read_sources (remote, &agreement->remote_ssrc, &agreement->remote_rtx_ssrc);
  if (!agreement->ssrc)
    agreement->ssrc = random_ssrc ();
  if (!agreement->rtx_ssrc)
    agreement->rtx_ssrc = agreement->ssrc ^ MAX (1u, g_random_int ());
  g_strlcpy (agreement->cname, peal_cname (), sizeof agreement->cname);
}

/* Bounded: a peer may tell more than anybody needs. */
static void
hint_source (PealLaneHints *hints, guint32 ssrc)
{
  for (guint i = 0; i < hints->n_ssrcs; i++)
    if (hints->ssrcs[i] == ssrc)
      return;
  if (ssrc && hints->n_ssrcs < G_N_ELEMENTS (hints->ssrcs))
    hints->ssrcs[hints->n_ssrcs++] = ssrc;
}

static void
hint_sources (PealLaneHints *hints, const GPtrArray *sources)
{
  for (guint i = 0; sources && i < sources->len; i++)
    hint_source (hints, ((const PealSource *) sources->pdata[i])->ssrc);
}

void
peal_negotiate_hint (const PealRtpDescription *local, const PealRtpDescription *remote,
                     PealLaneHints *hints)
{
  PealAgreement agreement = { 0 };

  choose_extensions (&agreement, local, remote);
  hints->mid_id = agreement.ids.mid;
  for (guint i = 0; i < peal_line_count (local); i++)
    hints->payloads[peal_line_at (local, i)->id / 32] |= 1u << peal_line_at (local, i)->id % 32;
  hint_source (hints, remote->ssrc);
  hint_sources (hints, remote->sources);
  for (guint i = 0; remote->groups && i < remote->groups->len; i++)
    hint_sources (hints, ((const PealSourceGroup *) remote->groups->pdata[i])->sources);
}

/* --- all of it --- */

void
peal_parts_offer (PealRtpDescription *offer, PealStrip strip)
{
  gboolean feeds_back = offer->media == PEAL_MEDIA_VIDEO && !(strip & PEAL_STRIP_FEEDBACK);

  if (feeds_back)
    write_feedback (offer, NULL);
  for (guint i = 0; !(strip & PEAL_STRIP_HDREXT) && i < G_N_ELEMENTS (extensions); i++)
    if (is_for (&extensions[i], offer))
      add_extension (offer, &extensions[i], NULL);
  if (!(strip & PEAL_STRIP_SSRC))
    write_sources (offer);
  offer->rtcp_reduced_size = !(strip & PEAL_STRIP_RSIZE);
}

void
peal_parts_answer (PealRtpDescription *answer, const PealRtpDescription *offer, PealStrip strip)
{
  if (answer->media == PEAL_MEDIA_VIDEO && !(strip & PEAL_STRIP_FEEDBACK))
    write_feedback (answer, offer);
  if (!(strip & PEAL_STRIP_HDREXT))
    answer_extensions (answer, offer);
  if (!(strip & PEAL_STRIP_SSRC))
    write_sources (answer);
  answer->rtcp_reduced_size = offer->rtcp_reduced_size && !(strip & PEAL_STRIP_RSIZE);
}

void
peal_parts_choose (PealAgreement *agreement, const PealRtpDescription *local,
                   const PealRtpDescription *remote)
{
  if (local->media == PEAL_MEDIA_VIDEO)
    choose_feedback (agreement, local, remote);
  choose_extensions (agreement, local, remote);
  choose_sources (agreement, local, remote);
  agreement->reduced_size = local->rtcp_reduced_size && remote->rtcp_reduced_size;
  /* One is of no use without the other. */
  if (!agreement->transport_cc)
    agreement->ids.transport_cc = 0;
  agreement->transport_cc = agreement->ids.transport_cc != 0;
}
