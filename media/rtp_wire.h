/* The elements of RTP sessions as structs and tables: XEP-0167, 0293, 0294, 0339, 0181.
 *
 * Peers differ in what they leave out; what each row tolerates was seen on the wire: payload
 * numbers may repeat, channels may be 0, parameters may have no value. Deciding what to make of it
 * is negotiate's job. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/jingle.h"

#define PEAL_NS_RTP           "urn:xmpp:jingle:apps:rtp:1"
#define PEAL_NS_RTP_AUDIO     "urn:xmpp:jingle:apps:rtp:audio" /* a feature only */
#define PEAL_NS_RTP_VIDEO     "urn:xmpp:jingle:apps:rtp:video" /* a feature only */
#define PEAL_NS_RTP_INFO      "urn:xmpp:jingle:apps:rtp:info:1"
#define PEAL_NS_RTCP_FEEDBACK "urn:xmpp:jingle:apps:rtp:rtcp-fb:0"
#define PEAL_NS_RTP_HEADER    "urn:xmpp:jingle:apps:rtp:rtp-hdrext:0"
#define PEAL_NS_RTP_SOURCE    "urn:xmpp:jingle:apps:rtp:ssma:0"
#define PEAL_NS_SOURCES       "urn:ietf:rfc:5576"               /* a feature only: XEP-0339 §4 */
#define PEAL_NS_GROUPS        "urn:ietf:rfc:5888"               /* a feature only: XEP-0338 §4 */
#define PEAL_NS_RTP_STREAM    "urn:xmpp:jingle:apps:rtp:msid:0" /* no XEP: stanza.js */
#define PEAL_NS_DTMF          "urn:xmpp:jingle:dtmf:0"

typedef enum {
  PEAL_MEDIA_NONE = 0,
  PEAL_MEDIA_AUDIO,
  PEAL_MEDIA_VIDEO,
  PEAL_MEDIA_OTHER, /* a word we do not know; read only */
} PealMedia;
extern const char *const peal_media_words[];

/* <parameter name value/>, in whatever namespace its parent has. */
typedef struct {
  char *name;
  char *value; /* NULL where there is none: stanza.js sends <parameter name='111/111'/> for red */
} PealPayloadParameter;

/* XEP-0293: <rtcp-fb type='nack' subtype='pli'/>. */
typedef struct {
  char *type;
  char *subtype;
  GPtrArray *parameters; /* of PealPayloadParameter * */
} PealRtcpFeedback;

typedef struct {
  guint32 id;        /* 0..127; several may share one */
  char *name;        /* any letter case; NULL where a static type needs none */
  guint32 clockrate; /* 0: absent */
  guint32 channels;  /* 0: not said (1, and 2 for Opus) */
  guint32 ptime;     /* ms; 0: absent */
  guint32 maxptime;
  GPtrArray *parameters;    /* of PealPayloadParameter * */
  GPtrArray *feedback;      /* of PealRtcpFeedback * */
  gint64 feedback_interval; /* XEP-0293: <rtcp-fb-trr-int value='100'/>, ms; -1: absent */
} PealPayloadType;
extern const PealElement peal_payload_type_element;

/* XEP-0294. */
typedef struct {
  guint32 id;
  char *uri;
  PealSenders senders;
  GPtrArray *parameters; /* of PealPayloadParameter * */
} PealHeaderExtension;

/* XEP-0339: <source ssrc><parameter name='cname' value/></source>. */
typedef struct {
  guint32 ssrc;
  GPtrArray *parameters; /* of PealPayloadParameter * */
} PealSource;

typedef struct {
  char *semantics;    /* FID, SIM, FEC-FR */
  GPtrArray *sources; /* of PealSource * */
} PealSourceGroup;

/* <stream id track/>: what SDP calls msid (RFC 8830). One id for what belongs together in time. */
typedef struct {
  char *id;
  char *track;
} PealMediaStream;

/* SDES (RFC 4568): parsed so that its offer can be told from plain RTP; never offered, never
 * accepted. */
typedef struct {
  char *suite;
  char *key_params; /* secret */
  char *session_params;
  char *tag;
} PealCrypto;

typedef struct {
  gboolean required;
  GPtrArray *cryptos; /* of PealCrypto * */
} PealRtpEncryption;

typedef struct {
  char *type;
  char *value;
} PealBandwidth;

typedef struct {
  PealMedia media;
  guint32 ssrc;             /* 0: absent */
  GPtrArray *payload_types; /* of PealPayloadType *, in order of preference */
  gboolean rtcp_mux;
  gboolean rtcp_reduced_size; /* not in XEP-0167, but sent by libwebrtc's clients */
  PealBandwidth *bandwidth;
  PealRtpEncryption *encryption;
  GPtrArray *feedback;      /* of PealRtcpFeedback *: for all payload types */
  gint64 feedback_interval; /* likewise */
  GPtrArray *extensions;    /* of PealHeaderExtension * */
  gboolean extmap_allow_mixed;
  GPtrArray *sources; /* of PealSource * */
  GPtrArray *groups;  /* of PealSourceGroup * */
  GPtrArray *streams; /* of PealMediaStream * */
} PealRtpDescription;
extern const PealElement peal_rtp_description_element;

/* XEP-0167 §8: what a session-info may say. */
typedef enum {
  PEAL_RTP_INFO_NONE = 0,
  PEAL_RTP_INFO_ACTIVE,
  PEAL_RTP_INFO_HOLD,
  PEAL_RTP_INFO_MUTE,
  PEAL_RTP_INFO_RINGING,
  PEAL_RTP_INFO_UNHOLD,
  PEAL_RTP_INFO_UNMUTE,
  PEAL_N_RTP_INFOS,
} PealRtpInfoKind;

/* One struct for all; creator and name only with mute and unmute, and only where one content is
 * meant. */
typedef struct {
  PealCreator creator;
  char *name;
} PealRtpInfo;
extern const PealElement *const peal_rtp_info_elements[PEAL_N_RTP_INFOS]; /* [NONE] is NULL */

/* Which of them @info is, or NONE. */
PealRtpInfoKind peal_rtp_info_kind (const PealOpen *info);

/* XEP-0181. Later versions of it have duration and volume in place of action. */
typedef enum { PEAL_DTMF_PRESSED = 0, PEAL_DTMF_DOWN, PEAL_DTMF_UP } PealDtmfAction;
typedef struct {
  PealDtmfAction action; /* PRESSED where it is not said: down and, 100 ms later, up */
  char *code;            /* one of 0-9 * # A-D; may be NULL with UP */
  guint32 duration;      /* ms; 0: absent */
  guint32 volume;        /* dBm0 without its sign; 0: absent */
} PealDtmf;
extern const PealElement peal_dtmf_element;

void peal_rtp_description_free (PealRtpDescription *description);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealRtpDescription, peal_rtp_description_free)
