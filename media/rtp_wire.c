/* The tables of XEP-0167, 0181, 0293, 0294 and 0339. */
// SPDX-License-Identifier: MIT
#include "media/rtp_wire.h"

#include <gio/gio.h>
#include <string.h>

const char *const peal_media_words[] = { "", "audio", "video", "other", NULL };

/* <parameter/> looks alike in four namespaces: that of its parent. */
#define PARAMETER(ns)                                                                              \
  {                                                                                                \
    "parameter", ns, sizeof (PealPayloadParameter),                                                \
        (const PealField[]) {                                                                      \
          PEAL_STR (PealPayloadParameter, name, "name", .flags = PEAL_REQUIRED),                   \
          PEAL_STR (PealPayloadParameter, value, "value", .max = 16384), /* Theora's set-up */     \
          PEAL_END,                                                                                \
        },                                                                                         \
  }

static const PealElement payload_parameter = PARAMETER (PEAL_NS_RTP);
static const PealElement feedback_parameter = PARAMETER (PEAL_NS_RTCP_FEEDBACK);
static const PealElement extension_parameter = PARAMETER (PEAL_NS_RTP_HEADER);
static const PealElement source_parameter = PARAMETER (PEAL_NS_RTP_SOURCE);

static const PealElement rtcp_feedback = {
  "rtcp-fb",
  PEAL_NS_RTCP_FEEDBACK,
  sizeof (PealRtcpFeedback),
  (const PealField[]) {
      PEAL_STR (PealRtcpFeedback, type, "type", .flags = PEAL_REQUIRED),
      PEAL_STR (PealRtcpFeedback, subtype, "subtype"),
      PEAL_LIST (PealRtcpFeedback, parameters, &feedback_parameter, .max = 16),
      PEAL_END,
  },
};

const PealElement peal_payload_type_element = {
  "payload-type",
  PEAL_NS_RTP,
  sizeof (PealPayloadType),
  (const PealField[]) {
      PEAL_UINT (PealPayloadType, id, "id", 127, .flags = PEAL_REQUIRED),
      PEAL_STR (PealPayloadType, name, "name"),
      PEAL_UINT (PealPayloadType, clockrate, "clockrate", 10000000),
      PEAL_UINT (PealPayloadType, channels, "channels", 255),
      PEAL_UINT (PealPayloadType, ptime, "ptime", 60000),
      PEAL_UINT (PealPayloadType, maxptime, "maxptime", 60000),
      PEAL_LIST (PealPayloadType, parameters, &payload_parameter),
      PEAL_LIST (PealPayloadType, feedback, &rtcp_feedback, .max = 32),
      PEAL_NUMBER (PealPayloadType, feedback_interval, "rtcp-fb-trr-int", 3600000,
                   .ns = PEAL_NS_RTCP_FEEDBACK, .attribute = "value", .absent = -1),
      PEAL_END,
  },
};

static const PealElement header_extension = {
  "rtp-hdrext",
  PEAL_NS_RTP_HEADER,
  sizeof (PealHeaderExtension),
  (const PealField[]) {
      /* XEP-0294 §3: 1 to 256, and 4096 to 4351 for ids still to be assigned; its example has 4907.
       */
      PEAL_UINT (PealHeaderExtension, id, "id", 65535, .flags = PEAL_REQUIRED),
      PEAL_STR (PealHeaderExtension, uri, "uri", .flags = PEAL_REQUIRED),
      PEAL_WORD (PealHeaderExtension, senders, "senders", peal_senders_words),
      PEAL_LIST (PealHeaderExtension, parameters, &extension_parameter, .max = 16),
      PEAL_END,
  },
};

static const PealElement source = {
  "source",
  PEAL_NS_RTP_SOURCE,
  sizeof (PealSource),
  (const PealField[]) {
      PEAL_UINT (PealSource, ssrc, "ssrc", G_MAXUINT32, .flags = PEAL_REQUIRED),
      PEAL_LIST (PealSource, parameters, &source_parameter, .max = 16),
      PEAL_END,
  },
};

static const PealElement source_group = {
  "ssrc-group",
  PEAL_NS_RTP_SOURCE,
  sizeof (PealSourceGroup),
  (const PealField[]) {
      PEAL_STR (PealSourceGroup, semantics, "semantics", .flags = PEAL_REQUIRED),
      PEAL_LIST (PealSourceGroup, sources, &source, .max = 32),
      PEAL_END,
  },
};

static const PealElement stream = {
  "stream",
  PEAL_NS_RTP_STREAM,
  sizeof (PealMediaStream),
  (const PealField[]) {
      PEAL_STR (PealMediaStream, id, "id"),
      PEAL_STR (PealMediaStream, track, "track"),
      PEAL_END,
  },
};

static const PealElement crypto = {
  "crypto",
  PEAL_NS_RTP,
  sizeof (PealCrypto),
  (const PealField[]) {
      PEAL_STR (PealCrypto, suite, "crypto-suite", .flags = PEAL_REQUIRED),
      PEAL_STR (PealCrypto, key_params, "key-params", .flags = PEAL_REQUIRED | PEAL_SECRET),
      PEAL_STR (PealCrypto, session_params, "session-params"),
      PEAL_STR (PealCrypto, tag, "tag", .flags = PEAL_REQUIRED),
      PEAL_END,
  },
};

static const PealElement encryption = {
  "encryption",
  PEAL_NS_RTP,
  sizeof (PealRtpEncryption),
  (const PealField[]) {
      PEAL_BOOL (PealRtpEncryption, required, "required"),
      PEAL_LIST (PealRtpEncryption, cryptos, &crypto, .max = 16),
      PEAL_END,
  },
};

static const PealElement bandwidth = {
  "bandwidth",
  PEAL_NS_RTP,
  sizeof (PealBandwidth),
  (const PealField[]) {
      PEAL_STR (PealBandwidth, type, "type", .flags = PEAL_REQUIRED),
      PEAL_TEXT (PealBandwidth, value, .flags = PEAL_TRIM),
      PEAL_END,
  },
};

const PealElement peal_rtp_description_element = {
  "description",
  PEAL_NS_RTP,
  sizeof (PealRtpDescription),
  (const PealField[]) {
      PEAL_WORD (PealRtpDescription, media, "media", peal_media_words, .flags = PEAL_REQUIRED,
                 .unknown = PEAL_MEDIA_OTHER),
      PEAL_UINT (PealRtpDescription, ssrc, "ssrc", G_MAXUINT32),
      PEAL_LIST (PealRtpDescription, payload_types, &peal_payload_type_element, .max = 128),
      PEAL_FLAG (PealRtpDescription, rtcp_mux, "rtcp-mux"),
      PEAL_FLAG (PealRtpDescription, rtcp_reduced_size, "rtcp-reduced-size"),
      PEAL_CHILD (PealRtpDescription, bandwidth, &bandwidth),
      PEAL_CHILD (PealRtpDescription, encryption, &encryption),
      PEAL_LIST (PealRtpDescription, feedback, &rtcp_feedback, .max = 32),
      PEAL_NUMBER (PealRtpDescription, feedback_interval, "rtcp-fb-trr-int", 3600000,
                   .ns = PEAL_NS_RTCP_FEEDBACK, .attribute = "value", .absent = -1),
      PEAL_LIST (PealRtpDescription, extensions, &header_extension),
      PEAL_FLAG (PealRtpDescription, extmap_allow_mixed, "extmap-allow-mixed",
                 .ns = PEAL_NS_RTP_HEADER),
      PEAL_LIST (PealRtpDescription, sources, &source),
      PEAL_LIST (PealRtpDescription, groups, &source_group, .max = 32),
      PEAL_LIST (PealRtpDescription, streams, &stream, .max = 32),
      PEAL_END,
  },
};

void
peal_rtp_description_free (PealRtpDescription *description)
{
  peal_element_free (&peal_rtp_description_element, description);
}

/* --- session-info --- */

#define RTP_INFO(name_)                                                                            \
  {                                                                                                \
    name_, PEAL_NS_RTP_INFO, sizeof (PealRtpInfo),                                                 \
        (const PealField[]) {                                                                      \
          PEAL_WORD (PealRtpInfo, creator, "creator", peal_creator_words),                         \
          PEAL_STR (PealRtpInfo, name, "name"),                                                    \
          PEAL_END,                                                                                \
        },                                                                                         \
  }

static const PealElement active = RTP_INFO ("active");
static const PealElement hold = RTP_INFO ("hold");
static const PealElement mute = RTP_INFO ("mute");
static const PealElement ringing = RTP_INFO ("ringing");
static const PealElement unhold = RTP_INFO ("unhold");
static const PealElement unmute = RTP_INFO ("unmute");

const PealElement *const peal_rtp_info_elements[PEAL_N_RTP_INFOS] = {
  [PEAL_RTP_INFO_ACTIVE] = &active, [PEAL_RTP_INFO_HOLD] = &hold,
  [PEAL_RTP_INFO_MUTE] = &mute,     [PEAL_RTP_INFO_RINGING] = &ringing,
  [PEAL_RTP_INFO_UNHOLD] = &unhold, [PEAL_RTP_INFO_UNMUTE] = &unmute,
};

PealRtpInfoKind
peal_rtp_info_kind (const PealOpen *info)
{
  for (int kind = 1; info && info->element && kind < PEAL_N_RTP_INFOS; kind++) {
    if (info->element == peal_rtp_info_elements[kind])
      return kind;
  }
  return PEAL_RTP_INFO_NONE;
}

static const char *const dtmf_action_words[] = { "", "button-down", "button-up", NULL };

/* XEP-0181 §2: a button that goes up needs no code. */
static gboolean
check_dtmf (gconstpointer value, GError **error)
{
  const PealDtmf *dtmf = value;

  if (dtmf->code ? strlen (dtmf->code) == 1 && strchr ("0123456789*#ABCD", dtmf->code[0]) != NULL
                 : dtmf->action == PEAL_DTMF_UP)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "<dtmf> code \"%s\": not a tone",
               dtmf->code ? dtmf->code : "");
  return FALSE;
}

const PealElement peal_dtmf_element = {
  "dtmf",
  PEAL_NS_DTMF,
  sizeof (PealDtmf),
  (const PealField[]) {
      PEAL_WORD (PealDtmf, action, "action", dtmf_action_words),
      PEAL_STR (PealDtmf, code, "code", .max = 1),
      PEAL_UINT (PealDtmf, duration, "duration", 60000),
      PEAL_UINT (PealDtmf, volume, "volume", 63),
      PEAL_END,
  },
  check_dtmf,
};
