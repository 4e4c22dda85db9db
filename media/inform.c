/* session-info of XEP-0167 as the endpoint's words, and the <description/> of a proposal. */
// SPDX-License-Identifier: MIT
#include "media/inform.h"

#include "media/rtp_wire.h"

static const PealRtpInfoKind kinds[] = {
  [PEAL_INFORM_NOTHING] = PEAL_RTP_INFO_NONE,  [PEAL_INFORM_RINGING] = PEAL_RTP_INFO_RINGING,
  [PEAL_INFORM_ACTIVE] = PEAL_RTP_INFO_ACTIVE, [PEAL_INFORM_HOLD] = PEAL_RTP_INFO_HOLD,
  [PEAL_INFORM_UNHOLD] = PEAL_RTP_INFO_UNHOLD, [PEAL_INFORM_MUTE] = PEAL_RTP_INFO_MUTE,
  [PEAL_INFORM_UNMUTE] = PEAL_RTP_INFO_UNMUTE,
};

PealOpen *
peal_rtp_inform (PealInform what, const char *content)
{
  const PealElement *element = peal_rtp_info_elements[kinds[what]];
  PealRtpInfo *info = peal_element_new (element);
  /* XEP-0167 §8: only muting is about one content; stanza.js wants it named. */
  if (what == PEAL_INFORM_MUTE || what == PEAL_INFORM_UNMUTE) {
    info->creator = PEAL_CREATOR_INITIATOR;
    info->name = g_strdup (content);
  }
  return peal_open_new (element, info);
}

PealInform
peal_rtp_informed (const PealOpen *info, const char **content)
{
  PealRtpInfoKind kind = peal_rtp_info_kind (info);
  if (kind == PEAL_RTP_INFO_NONE)
    return PEAL_INFORM_NOTHING;
  *content = ((const PealRtpInfo *) info->value)->name;
  for (PealInform what = PEAL_INFORM_RINGING; what <= PEAL_INFORM_UNMUTE; what++)
    if (kinds[what] == kind)
      return what;
  return PEAL_INFORM_NOTHING;
}

static gpointer
propose (PealMedia media)
{
  PealRtpDescription *description = peal_element_new (&peal_rtp_description_element);

  description->media = media;
  return description;
}

gpointer
peal_rtp_propose (void)
{
  return propose (PEAL_MEDIA_AUDIO);
}

gpointer
peal_rtp_propose_picture (void)
{
  return propose (PEAL_MEDIA_VIDEO);
}

/* libwebrtc wants payload types in a refused media line too, and takes sources there for tracks. */
gpointer
peal_rtp_refuse (gconstpointer offer)
{
  const PealRtpDescription *theirs = offer;
  PealRtpDescription *refusal = peal_element_new (&peal_rtp_description_element);
  refusal->media = theirs->media;
  refusal->rtcp_mux = theirs->rtcp_mux;
  for (guint i = 0; theirs->payload_types && i < theirs->payload_types->len; i++)
    peal_list_append (&refusal->payload_types, peal_element_copy (&peal_payload_type_element,
                                                                  theirs->payload_types->pdata[i]));
  return refusal;
}
