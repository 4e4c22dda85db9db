/* The elements of transport methods as structs and tables.
 *
 * XEP-0176 and 0371 (ICE), 0320 (DTLS), 0343 (SCTP), 0177 (raw UDP), 0183, 0260 and 0261
 * (bytestreams). */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/wire/codec.h"

#define PEAL_NS_ICE_UDP   "urn:xmpp:jingle:transports:ice-udp:1"
#define PEAL_NS_ICE       "urn:xmpp:jingle:transports:ice:0"
#define PEAL_NS_DTLS      "urn:xmpp:jingle:apps:dtls:0"
#define PEAL_NS_DTLS_SCTP "urn:xmpp:jingle:transports:dtls-sctp:1"
#define PEAL_NS_RAW_UDP   "urn:xmpp:jingle:transports:raw-udp:1"
#define PEAL_NS_TELEPATHY "http://jabber.org/protocol/jingle/transport/telepathy"
#define PEAL_NS_S5B       "urn:xmpp:jingle:transports:s5b:1"
#define PEAL_NS_IBB       "urn:xmpp:jingle:transports:ibb:1"

/* XEP-0320: a certificate's fingerprint and who begins the handshake (RFC 4145, RFC 8842). */
typedef enum {
  PEAL_SETUP_NONE = 0, /* libwebrtc refuses a description without */
  PEAL_SETUP_ACTIVE,
  PEAL_SETUP_ACTPASS,
  PEAL_SETUP_HOLDCONN,
  PEAL_SETUP_PASSIVE,
} PealSetup;

typedef struct {
  char *hash; /* "sha-256"; any letter case */
  PealSetup setup;
  char *value; /* "AB:CD:…", white space at its ends removed; any letter case */
} PealFingerprint;

/* XEP-0343. */
typedef struct {
  guint32 number;  /* SCTP port */
  char *protocol;  /* "webrtc-datachannel" */
  guint32 streams; /* 0: absent */
} PealSctpMap;

/* --- XEP-0176 and, in its own namespace, XEP-0371 --- */

typedef enum {
  PEAL_CANDIDATE_NONE = 0,
  PEAL_CANDIDATE_HOST,
  PEAL_CANDIDATE_PRFLX,
  PEAL_CANDIDATE_RELAY,
  PEAL_CANDIDATE_SRFLX,
} PealCandidateType;
extern const char *const peal_candidate_type_words[];

typedef enum { PEAL_PROTOCOL_NONE = 0, PEAL_PROTOCOL_UDP, PEAL_PROTOCOL_TCP } PealProtocol;

/* id, generation, network and foundation may be missing (libwebrtc's clients): then NULL or 0. One
 * of another type or protocol, or without the rest, is dropped from the list. */
typedef struct {
  guint32 component; /* 1: RTP, 2: RTCP */
  char *foundation;
  guint32 generation;
  char *id;
  char *ip; /* not checked here: a host name (mDNS) and fe80::1%v0 occur */
  guint32 network;
  guint32 port; /* 0 with active TCP */
  guint32 priority;
  PealProtocol protocol;
  PealCandidateType type;
  char *rel_addr;
  guint32 rel_port; /* 0: absent */
  char *tcptype;    /* "active", "passive", "so"; skip what is not UDP */
} PealCandidate;

/* XEP-0176 §5.10: the pair that the controlling agent uses, seen from the sender. */
typedef struct {
  guint32 component;
  char *ip;
  guint32 port;
} PealRemoteCandidate;

typedef struct {
  char *ufrag;
  char *pwd;               /* secret */
  GPtrArray *candidates;   /* of PealCandidate * */
  GPtrArray *fingerprints; /* of PealFingerprint * */
  PealSctpMap *sctpmap;
  gboolean gathering_complete;
  PealRemoteCandidate *remote_candidate;
} PealIceTransport;
extern const PealElement peal_ice_transport_element;  /* ice-udp:1 */
extern const PealElement peal_ice0_transport_element; /* ice:0, the same struct */
extern const PealElement peal_candidate_element;
extern const PealElement peal_fingerprint_element;
void peal_ice_transport_free (PealIceTransport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealIceTransport, peal_ice_transport_free)

/* --- XEP-0177 --- */

typedef struct {
  guint32 component; /* 0: absent, as in the examples of XEP-0176: the first */
  guint32 generation;
  char *id;
  char *ip;
  guint32 port;
  PealCandidateType type;
} PealRawCandidate;

typedef struct {
  GPtrArray *candidates;   /* of PealRawCandidate * */
  GPtrArray *fingerprints; /* of PealFingerprint *: ours; XEP-0177 knows no encryption */
} PealRawTransport;
extern const PealElement peal_raw_transport_element;
void peal_raw_transport_free (PealRawTransport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealRawTransport, peal_raw_transport_free)

/* --- XEP-0183 --- */

/* What it says of the sender's mind is of use to people only. */
typedef struct {
  char *name;
  guint32 generation;
  guint32 plane, pulse; /* 0: absent */
  char *psi_signature, *sign, *time;
} PealTelepathyCandidate;

typedef struct {
  GPtrArray *candidates; /* of PealTelepathyCandidate * */
} PealTelepathyTransport;
extern const PealElement peal_telepathy_transport_element;

/* --- XEP-0260 --- */

typedef enum {
  PEAL_STREAMHOST_NONE = 0,
  PEAL_STREAMHOST_ASSISTED,
  PEAL_STREAMHOST_DIRECT, /* also where no type is given (XEP-0260 §2.1) */
  PEAL_STREAMHOST_PROXY,
  PEAL_STREAMHOST_TUNNEL,
} PealStreamhostType;

typedef enum { PEAL_S5B_NO_MODE = 0, PEAL_S5B_TCP, PEAL_S5B_UDP } PealS5bMode;

typedef struct {
  char *cid;
  char *host; /* an address, possibly with a scope (fe80::1%eth0), or a name */
  char *jid;
  guint32 port; /* 0: 1080 */
  guint32 priority;
  PealStreamhostType type;
} PealStreamhost;

/* At most one of the last four stands in a transport-info. */
typedef struct {
  char *sid; /* may be missing in a transport-info of a sloppy peer */
  PealS5bMode mode;
  char *dstaddr;         /* SHA-1 in hex; Gajim sends none */
  GPtrArray *candidates; /* of PealStreamhost * */
  char *candidate_used;  /* a cid of the other side */
  gboolean candidate_error;
  char *activated; /* a cid */
  gboolean proxy_error;
} PealS5bTransport;
extern const PealElement peal_s5b_transport_element;
void peal_s5b_transport_free (PealS5bTransport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealS5bTransport, peal_s5b_transport_free)

/* --- XEP-0261 --- */

typedef enum { PEAL_IBB_NO_STANZA = 0, PEAL_IBB_IQ, PEAL_IBB_MESSAGE } PealIbbStanza;

typedef struct {
  guint32 block_size;
  char *sid;
  PealIbbStanza stanza; /* absent: iq */
} PealIbbTransport;
extern const PealElement peal_ibb_transport_element;
void peal_ibb_transport_free (PealIbbTransport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealIbbTransport, peal_ibb_transport_free)
