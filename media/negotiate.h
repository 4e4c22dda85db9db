/* What two sides share: offer × our rows → answer, and what both come to. Pure (XEP-0167 §4, RFC
 * 3264 §6).
 *
 * Numbers and ids of our offers are the same for voice and picture wherever they mean the same, and
 * differ where they do not, so that both may go over one transport (RFC 8843 §9). An answer has the
 * offer's. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/codecs.h"
#include "media/extensions.h"
#include "media/rtp_wire.h"
#include "media/wishes.h"
#include "signaling/jingle/method.h"

/* Of which kind a description is to be, and what the user wants of it. Texts are borrowed. */
typedef struct {
  PealMedia media;    /* AUDIO or VIDEO */
  const char *codecs; /* --codec, of both kinds ("opus,vp8"): which, and in which order; NULL, or
                         none of this kind: all that can start on this machine, in ours */
  const char *strip;  /* optional parts that our descriptions leave out ("ssrc,rtx"); NULL: none */
} PealNegotiatePlan;

/* Whether each word of @strip is one of "ssrc", "hdrext", "rtcp-fb", "rtx", "fec" and "rsize".
 * FALSE with @error (PEAL_CAUSE_USAGE). NULL is none. */
gboolean peal_negotiate_check_strip (const char *strip, GError **error);

/* What will most likely be agreed on, before the peer has said anything; NULL where no row of that
 * kind can start here (of voice there always is one). */
const PealCodec *peal_negotiate_best (const PealNegotiatePlan *plan);

/* Our offer, for peal_rtp_description_free. NULL with @error: PEAL_CAUSE_USAGE when the plan's
 * codecs are none of ours, PEAL_CAUSE_MEDIA when none of pictures can start here. */
PealRtpDescription *peal_negotiate_offer (const PealNegotiatePlan *plan, GError **error);

/* Our answer to @offer, under the offer's numbers: the shared codecs in the offer's order; where
 * the user has a preference, the best shared one alone, so that the offerer uses it too. Of the
 * optional parts those that are in @offer. NULL with @error (PEAL_CAUSE_MEDIA) when no codec is
 * shared. SDES is never accepted: servers can read its keys. */
PealRtpDescription *peal_negotiate_answer (const PealRtpDescription *offer,
                                           const PealNegotiatePlan *plan, GError **error);

/* Says in @ours that we will likely send two channels, where a codec has them (RFC 7587 §6.1). */
void peal_negotiate_promise_stereo (PealRtpDescription *ours);

/* Whether the peer's @answer to our @offer is of the same kind and has a codec that was offered.
 * FALSE with @error (PEAL_CAUSE_MEDIA). */
gboolean peal_negotiate_agree (const PealRtpDescription *offer, const PealRtpDescription *answer,
                               GError **error);

/* What both descriptions come to. A payload type of 0 among those of repair, an id or a source of
 * 0: there is none. */
typedef struct {
  const PealCodec *codec; /* what we send */
  guint8 send;            /* its number, from the peer's description */
  guint8 receive;         /* and from ours */
  guint8 keys;            /* of telephone-event (RFC 4733), by the codec's clock, from the peer's */
  guint keys_clock;       /* where there is such a one, Hz; 0: the peer takes no keys */
  PealWishes wishes;      /* what the peer says of it */
  gboolean speaks_stereo; /* what we say may have two channels, and the peer can use them */

  guint8 send_rtx, receive_rtx;         /* retransmissions of the codec (RFC 4588) */
  guint8 send_red, receive_red;         /* RFC 2198 */
  guint8 send_red_rtx, receive_red_rtx; /* retransmissions of what went inside of that */
  guint8 send_ulpfec, receive_ulpfec;   /* RFC 5109 */
  gboolean nack, pli, fir, remb;        /* feedback, of what we send and of what we receive */
  gboolean transport_cc;                /* likewise; its id is there too */
  gboolean reduced_size;                /* reports need not be compound (RFC 5506) */
  PealExtensionIds ids; /* header extensions (RFC 8285), 1-14: may be sent, and are what they are
                           when received */

  guint32 ssrc, rtx_ssrc;               /* ours, as our description tells them; random where not */
  char cname[32];                       /* likewise */
  guint32 remote_ssrc, remote_rtx_ssrc; /* as the peer's tells them */

  /* What the peer's description says it can take of a picture; 0: it does not say. */
  guint most_pixels; /* of one frame */
  guint most_fps;
  guint most_bitrate; /* bit/s; also of sound (RFC 3890 TIAS, RFC 8866 AS) */
} PealAgreement;

/* The first codec of the answer, which is the description that says less; where both say the same,
 * it is the first of @remote. FALSE: none is shared. */
gboolean peal_negotiate_choose (const PealRtpDescription *local, const PealRtpDescription *remote,
                                PealAgreement *agreement);

/* By what packets of this content are known among those of others on one transport. @hints is empty
 * before. */
void peal_negotiate_hint (const PealRtpDescription *local, const PealRtpDescription *remote,
                          PealLaneHints *hints);

/* Which codec a packet with @payload_type is in, by our own @local description, which gives the
 * numbers that we receive; NULL when it gave no such number. */
const PealCodec *peal_negotiate_heard (const PealRtpDescription *local, guint8 payload_type);

/* The clock of the keys that are told under @payload_type, Hz; 0 when that is not what it is for.
 */
guint peal_negotiate_keys (const PealRtpDescription *local, guint8 payload_type);
