/* The tables of XEP-0176, 0371, 0320, 0343, 0177, 0183, 0260 and 0261. */
// SPDX-License-Identifier: MIT
#include "transport/transport_wire.h"

static const char *const setup_words[] = { "", "active", "actpass", "holdconn", "passive", NULL };

const PealElement peal_fingerprint_element = {
  "fingerprint",
  PEAL_NS_DTLS,
  sizeof (PealFingerprint),
  (const PealField[]) {
      PEAL_STR (PealFingerprint, hash, "hash", .max = 64, .flags = PEAL_REQUIRED),
      PEAL_WORD (PealFingerprint, setup, "setup", setup_words),
      PEAL_TEXT (PealFingerprint, value, .max = 512, .flags = PEAL_REQUIRED | PEAL_TRIM),
      PEAL_END,
  },
};

static const PealElement sctpmap = {
  "sctpmap",
  PEAL_NS_DTLS_SCTP,
  sizeof (PealSctpMap),
  (const PealField[]) {
      PEAL_UINT (PealSctpMap, number, "number", 65535, .flags = PEAL_REQUIRED),
      PEAL_STR (PealSctpMap, protocol, "protocol"),
      PEAL_UINT (PealSctpMap, streams, "streams", 65535),
      PEAL_END,
  },
};

/* --- ICE --- */

const char *const peal_candidate_type_words[] = { "", "host", "prflx", "relay", "srflx", NULL };

static const char *const protocol_words[] = { "", "udp", "tcp", NULL };

static const PealField candidate_rows[] = {
  PEAL_UINT (PealCandidate, component, "component", 256, .flags = PEAL_REQUIRED),
  PEAL_STR (PealCandidate, foundation, "foundation", .max = 64),
  PEAL_UINT (PealCandidate, generation, "generation", G_MAXUINT32, .flags = PEAL_ALWAYS),
  PEAL_STR (PealCandidate, id, "id"),
  PEAL_STR (PealCandidate, ip, "ip", .max = 255, .flags = PEAL_REQUIRED),
  PEAL_UINT (PealCandidate, network, "network", G_MAXUINT32, .flags = PEAL_ALWAYS),
  PEAL_UINT (PealCandidate, port, "port", 65535, .flags = PEAL_REQUIRED),
  PEAL_UINT (PealCandidate, priority, "priority", G_MAXUINT32, .flags = PEAL_REQUIRED),
  PEAL_WORD (PealCandidate, protocol, "protocol", protocol_words,
             .flags = PEAL_REQUIRED | PEAL_ANY_CASE),
  PEAL_WORD (PealCandidate, type, "type", peal_candidate_type_words, .flags = PEAL_REQUIRED),
  PEAL_STR (PealCandidate, rel_addr, "rel-addr", .max = 255),
  PEAL_UINT (PealCandidate, rel_port, "rel-port", 65535),
  PEAL_STR (PealCandidate, tcptype, "tcptype", .max = 16),
  PEAL_END,
};

static const PealField remote_candidate_rows[] = {
  PEAL_UINT (PealRemoteCandidate, component, "component", 256, .flags = PEAL_REQUIRED),
  PEAL_STR (PealRemoteCandidate, ip, "ip", .max = 255, .flags = PEAL_REQUIRED),
  PEAL_UINT (PealRemoteCandidate, port, "port", 65535, .flags = PEAL_REQUIRED),
  PEAL_END,
};

const PealElement peal_candidate_element = {
  "candidate",
  PEAL_NS_ICE_UDP,
  sizeof (PealCandidate),
  candidate_rows,
};
static const PealElement ice0_candidate = {
  "candidate",
  PEAL_NS_ICE,
  sizeof (PealCandidate),
  candidate_rows,
};
static const PealElement remote_candidate = {
  "remote-candidate",
  PEAL_NS_ICE_UDP,
  sizeof (PealRemoteCandidate),
  remote_candidate_rows,
};
static const PealElement ice0_remote_candidate = {
  "remote-candidate",
  PEAL_NS_ICE,
  sizeof (PealRemoteCandidate),
  remote_candidate_rows,
};

/* RFC 5245 §15.4: ufrag and pwd have at most 256 characters. */
#define ICE_TRANSPORT(ns, candidate_, remote_candidate_)                                           \
  {                                                                                                \
    "transport", ns, sizeof (PealIceTransport),                                                    \
        (const PealField[]) {                                                                      \
          PEAL_STR (PealIceTransport, ufrag, "ufrag", .max = 256),                                 \
          PEAL_STR (PealIceTransport, pwd, "pwd", .max = 256, .flags = PEAL_SECRET),               \
          PEAL_LIST (PealIceTransport, candidates, candidate_, .max = 128),                        \
          PEAL_LIST (PealIceTransport, fingerprints, &peal_fingerprint_element, .max = 8),         \
          PEAL_CHILD (PealIceTransport, sctpmap, &sctpmap),                                        \
          PEAL_FLAG (PealIceTransport, gathering_complete, "gathering-complete"),                  \
          PEAL_CHILD (PealIceTransport, remote_candidate, remote_candidate_),                      \
          PEAL_END,                                                                                \
        },                                                                                         \
  }

const PealElement peal_ice_transport_element =
    ICE_TRANSPORT (PEAL_NS_ICE_UDP, &peal_candidate_element, &remote_candidate);
const PealElement peal_ice0_transport_element =
    ICE_TRANSPORT (PEAL_NS_ICE, &ice0_candidate, &ice0_remote_candidate);

void
peal_ice_transport_free (PealIceTransport *transport)
{
  peal_element_free (&peal_ice_transport_element, transport);
}

/* --- raw UDP --- */

static const PealElement raw_candidate = {
  "candidate",
  PEAL_NS_RAW_UDP,
  sizeof (PealRawCandidate),
  (const PealField[]) {
      PEAL_UINT (PealRawCandidate, component, "component", 256),
      PEAL_UINT (PealRawCandidate, generation, "generation", G_MAXUINT32, .flags = PEAL_ALWAYS),
      PEAL_STR (PealRawCandidate, id, "id"),
      PEAL_STR (PealRawCandidate, ip, "ip", .max = 255, .flags = PEAL_REQUIRED),
      PEAL_UINT (PealRawCandidate, port, "port", 65535, .flags = PEAL_REQUIRED),
      PEAL_WORD (PealRawCandidate, type, "type", peal_candidate_type_words),
      PEAL_END,
  },
};

const PealElement peal_raw_transport_element = {
  "transport",
  PEAL_NS_RAW_UDP,
  sizeof (PealRawTransport),
  (const PealField[]) {
      PEAL_LIST (PealRawTransport, candidates, &raw_candidate, .max = 32),
      PEAL_LIST (PealRawTransport, fingerprints, &peal_fingerprint_element, .max = 8),
      PEAL_END,
  },
};

void
peal_raw_transport_free (PealRawTransport *transport)
{
  peal_element_free (&peal_raw_transport_element, transport);
}

/* --- telepathy --- */

static const PealElement telepathy_candidate = {
  "candidate",
  PEAL_NS_TELEPATHY,
  sizeof (PealTelepathyCandidate),
  (const PealField[]) {
      PEAL_STR (PealTelepathyCandidate, name, "name", .flags = PEAL_REQUIRED),
      PEAL_UINT (PealTelepathyCandidate, generation, "generation", 255, .flags = PEAL_ALWAYS),
      PEAL_UINT (PealTelepathyCandidate, plane, "plane", G_MAXUINT32),
      PEAL_UINT (PealTelepathyCandidate, pulse, "pulse", G_MAXUINT32),
      PEAL_STR (PealTelepathyCandidate, psi_signature, "psi-sig"),
      PEAL_STR (PealTelepathyCandidate, sign, "sign"),
      PEAL_STR (PealTelepathyCandidate, time, "time"),
      PEAL_END,
  },
};

const PealElement peal_telepathy_transport_element = {
  "transport",
  PEAL_NS_TELEPATHY,
  sizeof (PealTelepathyTransport),
  (const PealField[]) {
      PEAL_LIST (PealTelepathyTransport, candidates, &telepathy_candidate, .max = 32),
      PEAL_END,
  },
};

/* --- bytestreams --- */

static const char *const streamhost_words[] = { "", "assisted", "direct", "proxy", "tunnel", NULL };
static const char *const s5b_mode_words[] = { "", "tcp", "udp", NULL };
static const char *const ibb_stanza_words[] = { "", "iq", "message", NULL };

static const PealElement streamhost = {
  "candidate",
  PEAL_NS_S5B,
  sizeof (PealStreamhost),
  (const PealField[]) {
      PEAL_STR (PealStreamhost, cid, "cid", .flags = PEAL_REQUIRED),
      PEAL_STR (PealStreamhost, host, "host", .max = 255, .flags = PEAL_REQUIRED),
      PEAL_STR (PealStreamhost, jid, "jid", .max = 3071, .flags = PEAL_REQUIRED),
      PEAL_UINT (PealStreamhost, port, "port", 65535),
      PEAL_UINT (PealStreamhost, priority, "priority", G_MAXUINT32, .flags = PEAL_REQUIRED),
      PEAL_WORD (PealStreamhost, type, "type", streamhost_words),
      PEAL_END,
  },
};

const PealElement peal_s5b_transport_element = {
  "transport",
  PEAL_NS_S5B,
  sizeof (PealS5bTransport),
  (const PealField[]) {
      PEAL_STR (PealS5bTransport, sid, "sid"),
      PEAL_WORD (PealS5bTransport, mode, "mode", s5b_mode_words),
      PEAL_STR (PealS5bTransport, dstaddr, "dstaddr", .max = 128),
      PEAL_LIST (PealS5bTransport, candidates, &streamhost),
      PEAL_STRING (PealS5bTransport, candidate_used, "candidate-used", .attribute = "cid"),
      PEAL_FLAG (PealS5bTransport, candidate_error, "candidate-error"),
      PEAL_STRING (PealS5bTransport, activated, "activated", .attribute = "cid"),
      PEAL_FLAG (PealS5bTransport, proxy_error, "proxy-error"),
      PEAL_END,
  },
};

void
peal_s5b_transport_free (PealS5bTransport *transport)
{
  peal_element_free (&peal_s5b_transport_element, transport);
}

const PealElement peal_ibb_transport_element = {
  "transport",
  PEAL_NS_IBB,
  sizeof (PealIbbTransport),
  (const PealField[]) {
      PEAL_UINT (PealIbbTransport, block_size, "block-size", 65535, .flags = PEAL_REQUIRED),
      PEAL_STR (PealIbbTransport, sid, "sid", .flags = PEAL_REQUIRED),
      PEAL_WORD (PealIbbTransport, stanza, "stanza", ibb_stanza_words),
      PEAL_END,
  },
};

void
peal_ibb_transport_free (PealIbbTransport *transport)
{
  peal_element_free (&peal_ibb_transport_element, transport);
}
