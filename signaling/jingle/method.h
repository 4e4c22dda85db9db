/* What a plug-in file provides: an application format (what to exchange) or a transport method
 * (how), each one const struct.
 *
 * The words are XEP-0166's. The endpoint calls these on its own GMainContext and hears their events
 * there; an implementation that works on a PealLoop passes messages to it. Neither PealMethod nor
 * PealApplication knows of sessions or stanzas: descriptions and transports arrive as parsed
 * structs of their own tables. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/services.h"
#include "signaling/event.h"
#include "signaling/jingle/jingle.h"

typedef struct PealLoop PealLoop;       /* transport/loop.h */
typedef struct PealChannel PealChannel; /* transport/channel.h */

/* Datagrams for RTP, bytes for files: methods are found by (namespace, flow). */
typedef enum { PEAL_FLOW_DATAGRAM = 1, PEAL_FLOW_BYTES } PealFlow;

typedef enum {
  PEAL_ENCRYPTION_REQUIRED = 0,
  PEAL_ENCRYPTION_PREFERRED,
  PEAL_ENCRYPTION_NONE
} PealEncryption;

/* What a stranger's call may learn of our addresses before it is accepted. */
typedef enum { PEAL_PRIVACY_RELAY = 0, PEAL_PRIVACY_NONE, PEAL_PRIVACY_OFF } PealPrivacy;

typedef enum { PEAL_LANE_RTP = 0, PEAL_LANE_RTCP, PEAL_LANE_DATA, PEAL_N_LANES } PealLane;

/* --- transport methods --- */

typedef struct PealTransport PealTransport; /* each method's own struct */

/* What tells the packets of a content apart from those of others on one transport (RFC 8843 §9.2).
 */
typedef struct {
  guint8 mid_id;       /* urn:ietf:params:rtp-hdrext:sdes:mid as agreed; 0: not */
  guint32 payloads[4]; /* bit n%32 of word n/32: payload type n is one that we receive in it */
  guint32 ssrcs[16];   /* the peer's, as told by XEP-0339; also of retransmissions */
  guint n_ssrcs;
} PealLaneHints;

typedef enum {
  PEAL_TRANSPORT_OPENING = 0,
  PEAL_TRANSPORT_CONNECTING, /* checks run */
  PEAL_TRANSPORT_CONNECTED,  /* a path was found and, where encryption is used, secured */
  PEAL_TRANSPORT_WEAK,       /* 3 s without a sign of life; CONNECTED follows when one came */
  PEAL_TRANSPORT_FAILED,     /* for good: @why tells, domain PEAL_CAUSE */
} PealTransportState;

typedef struct {
  void (*describable) (gpointer user); /* describe has something to say: the first time, or again */
  void (*state) (gpointer user, PealTransportState state, const PealPath *path, const GError *why);
} PealTransportEvents;

typedef struct {
  PealLoop *loop;        /* carries its channels */
  GMainContext *context; /* events are told here */
  gboolean initiator;    /* of the session: the controlling agent (XEP-0176 §5.11) */
  const char *content;   /* the first content it is for */
  PealEncryption encryption;
  GPtrArray *services;      /* of PealService *: STUN and TURN (XEP-0215 or flags); borrowed */
  gboolean relay_only;      /* --relay-only */
  gboolean no_trickle;      /* describable only when all candidates are there */
  gboolean hide_address;    /* a stranger's call, not yet accepted: relay candidates only, until
                               peal_method.reveal */
  gboolean two_components;  /* the peer knows no rtcp-mux */
  const char *bind_address; /* NULL: all interfaces; a numeric address for tests ("127.0.0.1") */
} PealTransportSetup;

typedef struct {
  const char *name;           /* "ice", "raw-udp": the word of --transport */
  const PealElement *element; /* <transport/> */
  PealFlow flow;
  guint preference; /* higher is offered first */
  const char *const *features;

  /* Starts gathering. @setup is only read during the call. Never NULL: what fails is told by state.
   */
  PealTransport *(*open) (const PealTransportSetup *setup, const PealTransportEvents *events,
                          gpointer user);
  /* Our <transport/> (a struct of .element, given): everything known so far when @all, else only
   * what was not told yet (a trickled transport-info), NULL when there is nothing. */
  gpointer (*describe) (PealTransport *transport, gboolean all);
  /* Whether the peer's <transport/> can work at all, before anything is opened or sent: the user
   * must not be rung for an offer that policy refuses. NULL: every one can. FALSE: @error
   * PEAL_CAUSE. */
  gboolean (*judge) (const PealTransportSetup *setup, gconstpointer remote, GError **error);
  /* Whether two <transport/>s of one side speak of the same transport of it: @later, which may be
   * only a candidate, has no other credentials than @former. NULL: always. */
  gboolean (*same) (gconstpointer former, gconstpointer later);
  /* How many components the peer's <transport/> has candidates of: with a description that does not
   * multiplex RTCP it says how many ours needs. NULL: one. */
  guint (*components) (gconstpointer remote);
  /* The peer's <transport/>, from whatever action brought it. Other credentials than its last are
   * a restart (RFC 8445 §9): ours follow by describable, and the old path carries what it carries
   * until there is a new one. FALSE: it cannot work (@error PEAL_CAUSE). */
  gboolean (*apply) (PealTransport *transport, gconstpointer remote, GError **error);
  /* The peer's answer (session-accept) was applied: what it lacks will not come, so no fingerprint
   * means no encryption. NULL: nothing to do. FALSE: it cannot work (@error PEAL_CAUSE). Without
   * this call that is found out after a while. */
  gboolean (*settle) (PealTransport *transport, GError **error);
  /* Begins a restart of ours: describable follows, and describe then has new credentials and
   * candidates. Nothing above notices. NULL: it cannot. */
  void (*restart) (PealTransport *transport);
  /* The channel of one lane of @content: there from the start, open once connected. Borrowed; lives
   * and is used on setup->loop. RTCP is its own lane also where it is multiplexed (RFC 5761).
   * Several contents may share one transport (XEP-0338): each has its own lanes. */
  PealChannel *(*lane) (PealTransport *transport, const char *content, PealLane lane);
  /* How to know what is @content's of what arrives; told before its media start, and again when
   * that changes. @hints NULL: the content has left, its medium is closed, its lanes go. NULL: one
   * transport carries one content. */
  void (*hint) (PealTransport *transport, const char *content, const PealLaneHints *hints);
  /* The user accepted: host and srflx candidates may be told now. NULL where there is nothing to
   * hide. */
  void (*reveal) (PealTransport *transport);
  /* No event follows. Frees, now or when the library below allows. */
  void (*close) (PealTransport *transport);
} PealMethod;

/* --- application formats --- */

typedef struct PealMedium PealMedium; /* one running content; each application's own struct */

/* What the user wants of a content. @config belongs to the application (PealRtpConfig, …). */
typedef struct {
  const char *content; /* its name */
  gconstpointer config;
} PealContentPlan;

typedef struct {
  /* A PealEvent that the endpoint completes (call, peer, time) and passes on: media, stats, dtmf, …
   */
  void (*event) (gpointer user, PealEvent *event);
  /* It cannot go on: @why is of domain PEAL_CAUSE. */
  void (*failed) (gpointer user, const GError *why);
} PealMediumEvents;

typedef struct {
  PealLoop *loop;
  GMainContext *context;
  const PealContentPlan *plan;
  gboolean initiator;
} PealMediumSetup;

/* What the user does to a running content. */
typedef enum {
  PEAL_CONTROL_MUTE = 1, /* our sound stops, silence is sent; a picture is not; value 0 or 1 */
  PEAL_CONTROL_HOLD,     /* neither sent nor played; value 0 or 1 */
  PEAL_CONTROL_DTMF,     /* keys to send, text: of 0-9 A-D * # and ",", which waits a second */
  PEAL_CONTROL_HELD,     /* the same by the peer's word: never the user's */
} PealControl;

/* What session-info may say of a content (XEP-0167 §8). */
typedef enum {
  PEAL_INFORM_NOTHING = 0,
  PEAL_INFORM_RINGING,
  PEAL_INFORM_ACTIVE,
  PEAL_INFORM_HOLD,
  PEAL_INFORM_UNHOLD,
  PEAL_INFORM_MUTE,
  PEAL_INFORM_UNMUTE,
} PealInform;

typedef struct PealApplication PealApplication;
struct PealApplication {
  const char *name;           /* "rtp" */
  const char *media;          /* "audio", "video": how events call it, and contents of ours */
  const PealElement *element; /* <description/> */
  PealFlow flow;
  const char *const *features;
  /* Whether a description of its element is one of its own. NULL: every one is. */
  gboolean (*takes) (gconstpointer description);

  /* The <description/> of a proposal (XEP-0353 §3.2): what kind of content, nothing of how. Given.
   */
  gpointer (*propose) (void);
  /* What a transport that carries other contents too needs to know of this one. @hints is empty
   * before. NULL: nothing. */
  void (*hints) (gconstpointer local, gconstpointer remote, PealLaneHints *hints);
  /* The codec both descriptions agree on, or NULL where there is no such thing. Static. */
  const char *(*chosen) (gconstpointer local, gconstpointer remote);
  /* Whether RTP and RTCP share a component by @description (RFC 5761). NULL: there is no RTCP. */
  gboolean (*multiplexes) (gconstpointer description);
  /* Our offer: a struct of .element. NULL with @error (PEAL_CAUSE) when nothing can be offered. */
  gpointer (*offer) (const PealContentPlan *plan, GError **error);
  /* Our answer to @offer, or NULL with @why for session-terminate. Pure: nothing is opened. */
  gpointer (*answer) (const PealContentPlan *plan, gconstpointer offer, PealReasonCondition *why,
                      GError **error);
  /* How @offer stands in an answer that refuses it, for a peer who needs it there: what it was, and
   * nothing of either side's streams. Given. NULL: it is left out. */
  gpointer (*refuse) (gconstpointer offer);
  /* Whether the peer's @answer to our @offer can work. */
  gboolean (*agree) (gconstpointer offer, gconstpointer answer, PealReasonCondition *why,
                     GError **error);

  /* Prepares devices and pipelines before they are needed (while it rings): nothing leaves the
   * machine, no microphone opens. Never NULL: what fails is told by failed. */
  PealMedium *(*open) (const PealMediumSetup *setup, const PealMediumEvents *events, gpointer user);
  /* The content is called @name: the medium was opened before the peer said so (XEP-0353: while it
   * rang), and has not begun. NULL: it tells nobody. */
  void (*rename) (PealMedium *medium, const char *name);
  /* Begins: both descriptions are agreed (only read during the call); the lanes may still be
   * opening.
   * @send and @receive follow from senders; called again when these change, or when the peer
   * described itself anew (description-info), which may be ignored. */
  void (*start) (PealMedium *medium, gconstpointer local, gconstpointer remote,
                 PealChannel *const lanes[PEAL_N_LANES], gboolean send, gboolean receive);
  void (*control) (PealMedium *medium, PealControl control, int value, const char *text);
  /* @medium runs beside @other, an open medium of @others in the same call: told once for each pair
   * that has started, both ways round; never after either was closed. NULL: it is alone. */
  void (*join) (PealMedium *medium, const PealApplication *others, PealMedium *other);
  /* No event follows, and the lanes are not touched again once it returns. A last stats event
   * comes before it returns, through @last (may be NULL). */
  void (*close) (PealMedium *medium, PealEvent *last);

  /* session-info: tables of its payloads (n_infos, the first may be NULL), one of them that says
   * @what of @content (given), and what one says (@content borrowed from it; may stay NULL). All
   * NULL: it has none. */
  const PealElement *const *infos;
  guint n_infos;
  PealOpen *(*inform) (PealInform what, const char *content);
  PealInform (*informed) (const PealOpen *info, const char **content);
};
