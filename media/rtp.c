/* The application formats of XEP-0167: voice and picture over RTP. */
// SPDX-License-Identifier: MIT
#include "media/rtp.h"

#include "media/inform.h"
#include "media/medium.h"
#include "media/negotiate.h"
#include "media/picture.h"
#include "media/picture_sink.h"
#include "media/picture_source.h"
#include "media/processing.h"
#include "media/sink.h"
#include "media/source.h"

static PealNegotiatePlan
plan_of (const PealRtpConfig *config, PealMedia media)
{
  return (PealNegotiatePlan) { .media = media, .codecs = config->codecs, .strip = config->strip };
}

gboolean
peal_rtp_config_check (const PealRtpConfig *config, GError **error)
{
  g_autoptr(PealRtpDescription) offer = NULL;
  PealNegotiatePlan plan = plan_of (config, PEAL_MEDIA_AUDIO);
  PealProcessing processing;

  if (config->audio_in && !peal_source_check (config->audio_in, error))
    return FALSE;
  if (config->audio_out && !peal_sink_check (config->audio_out, error))
    return FALSE;
  if (config->video_in && !peal_picture_source_check (config->video_in, error))
    return FALSE;
  if (config->video_out && !peal_picture_sink_check (config->video_out, error))
    return FALSE;
  if (!peal_processing_read (config->processing, &processing, error))
    return FALSE;
  if (!peal_negotiate_check_strip (config->strip, error))
    return FALSE;
  offer = peal_negotiate_offer (&plan, error);
  return offer != NULL;
}

/* --- what both have in common --- */

static gboolean
agree (gconstpointer ours, gconstpointer theirs, PealReasonCondition *why, GError **error)
{
  *why = PEAL_REASON_FAILED_APPLICATION;
  return peal_negotiate_agree (ours, theirs, error);
}

static const char *
chosen (gconstpointer local, gconstpointer remote)
{
  PealAgreement agreement;

  return peal_negotiate_choose (local, remote, &agreement) ? agreement.codec->name : NULL;
}

static void
hints (gconstpointer local, gconstpointer remote, PealLaneHints *lanes)
{
  peal_negotiate_hint (local, remote, lanes);
}

/* --- voice --- */

static PealRtpDescription *
promise (const PealRtpConfig *config, PealRtpDescription *ours)
{
  if (ours && config->audio_in && peal_source_may_be_stereo (config->audio_in))
    peal_negotiate_promise_stereo (ours);
  return ours;
}

static gpointer
offer_voice (const PealContentPlan *plan, GError **error)
{
  PealNegotiatePlan voice = plan_of (plan->config, PEAL_MEDIA_AUDIO);

  return promise (plan->config, peal_negotiate_offer (&voice, error));
}

/* XEP-0167 §6: no codec in common is failed-application. */
static gpointer
answer_voice (const PealContentPlan *plan, gconstpointer theirs, PealReasonCondition *why,
              GError **error)
{
  PealNegotiatePlan voice = plan_of (plan->config, PEAL_MEDIA_AUDIO);

  *why = PEAL_REASON_FAILED_APPLICATION;
  return promise (plan->config, peal_negotiate_answer (theirs, &voice, error));
}

/* A picture is shown with the sound of its moment. */
static void
join_voice (PealMedium *voice, const PealApplication *others, PealMedium *other)
{
  if (others == &peal_rtp_picture)
    peal_medium_follow (voice, peal_picture_sync (other));
}

static const char *const voice_features[] = {
  PEAL_NS_RTP, PEAL_NS_RTP_AUDIO, PEAL_NS_RTP_HEADER, PEAL_NS_RTP_SOURCE, PEAL_NS_SOURCES, NULL,
};

static gboolean
multiplexes (gconstpointer description)
{
  return ((const PealRtpDescription *) description)->rtcp_mux;
}

static gboolean
takes_voice (gconstpointer description)
{
  return ((const PealRtpDescription *) description)->media == PEAL_MEDIA_AUDIO;
}

const PealApplication peal_rtp = {
  .name = "rtp",
  .media = "audio",
  .element = &peal_rtp_description_element,
  .flow = PEAL_FLOW_DATAGRAM,
  .features = voice_features,
  .takes = takes_voice,
  .propose = peal_rtp_propose,
  .hints = hints,
  .chosen = chosen,
  .multiplexes = multiplexes,
  .offer = offer_voice,
  .answer = answer_voice,
  .refuse = peal_rtp_refuse,
  .agree = agree,
  .open = peal_medium_open,
  .rename = peal_medium_rename,
  .start = peal_medium_start,
  .control = peal_medium_control,
  .join = join_voice,
  .close = peal_medium_close,
  .infos = peal_rtp_info_elements,
  .n_infos = PEAL_N_RTP_INFOS,
  .inform = peal_rtp_inform,
  .informed = peal_rtp_informed,
};

/* --- picture --- */

static gboolean
takes_picture (gconstpointer description)
{
  return ((const PealRtpDescription *) description)->media == PEAL_MEDIA_VIDEO;
}

static gpointer
offer_picture (const PealContentPlan *plan, GError **error)
{
  PealNegotiatePlan picture = plan_of (plan->config, PEAL_MEDIA_VIDEO);

  return peal_negotiate_offer (&picture, error);
}

static gpointer
answer_picture (const PealContentPlan *plan, gconstpointer theirs, PealReasonCondition *why,
                GError **error)
{
  PealNegotiatePlan picture = plan_of (plan->config, PEAL_MEDIA_VIDEO);

  *why = PEAL_REASON_FAILED_APPLICATION;
  return peal_negotiate_answer (theirs, &picture, error);
}

static const char *const picture_features[] = {
  PEAL_NS_RTP,        PEAL_NS_RTP_VIDEO,  PEAL_NS_RTCP_FEEDBACK,
  PEAL_NS_RTP_HEADER, PEAL_NS_RTP_SOURCE, PEAL_NS_SOURCES,
  PEAL_NS_GROUPING,   PEAL_NS_GROUPS,     NULL,
};

const PealApplication peal_rtp_picture = {
  .name = "rtp-picture",
  .media = "video",
  .element = &peal_rtp_description_element,
  .flow = PEAL_FLOW_DATAGRAM,
  .features = picture_features,
  .takes = takes_picture,
  .propose = peal_rtp_propose_picture,
  .hints = hints,
  .chosen = chosen,
  .multiplexes = multiplexes,
  .offer = offer_picture,
  .answer = answer_picture,
  .refuse = peal_rtp_refuse,
  .agree = agree,
  .open = peal_picture_open,
  .rename = peal_picture_rename,
  .start = peal_picture_start,
  .control = peal_picture_control,
  .close = peal_picture_close,
  .infos = peal_rtp_info_elements,
  .n_infos = PEAL_N_RTP_INFOS,
  .inform = peal_rtp_inform,
  .informed = peal_rtp_informed,
};
