/* Which codecs two sides share: offer × our rows → answer. Pure (XEP-0167 §4, RFC 3264 §6). */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/codecs.h"
#include "media/rtp_wire.h"
#include "media/wishes.h"

/* @preference is the text of --codec ("opus,pcmu"): which, and in which order; NULL: all that can
 * start on this machine, in ours. */

/* What will most likely be agreed on, before the peer has said anything. */
const PealCodec *peal_negotiate_best (const char *preference);

/* Our offer, for peal_rtp_description_free. NULL with @error (PEAL_CAUSE_USAGE) when @preference
 * names no codec of ours. */
PealRtpDescription *peal_negotiate_offer (const char *preference, GError **error);

/* Our answer to @offer, under the offer's numbers: the shared codecs in the offer's order; where
 * the user has a preference, the best shared one alone, so that the offerer uses it too. NULL with
 * @error (PEAL_CAUSE_MEDIA) when none is shared. SDES is never accepted: servers can read its keys.
 */
PealRtpDescription *peal_negotiate_answer (const PealRtpDescription *offer, const char *preference,
                                           GError **error);

/* Says in @ours that we will likely send two channels, where a codec has them (RFC 7587 §6.1). */
void peal_negotiate_promise_stereo (PealRtpDescription *ours);

/* Whether the peer's @answer to our @offer has a codec that was offered. FALSE with @error
 * (PEAL_CAUSE_MEDIA). */
gboolean peal_negotiate_agree (const PealRtpDescription *offer, const PealRtpDescription *answer,
                               GError **error);

/* What both descriptions come to. */
typedef struct {
  const PealCodec *codec; /* what we send */
  guint8 send;            /* its number, from the peer's description */
  guint8 keys;            /* likewise that of telephone-event (RFC 4733), by the codec's clock */
  guint keys_clock;       /* where there is such a one, Hz; 0: the peer takes no keys */
  PealWishes wishes;      /* what the peer says of it */
  gboolean speaks_stereo; /* what we say may have two channels, and the peer can use them */
} PealAgreement;

/* The first codec of the answer, which is the description that says less; where both say the same,
 * it is the first of @remote. FALSE: none is shared. */
gboolean peal_negotiate_choose (const PealRtpDescription *local, const PealRtpDescription *remote,
                                PealAgreement *agreement);

/* Which codec a packet with @payload_type is in, by our own @local description, which gives the
 * numbers that we receive; NULL when it gave no such number. */
const PealCodec *peal_negotiate_heard (const PealRtpDescription *local, guint8 payload_type);

/* The clock of the keys that are told under @payload_type, Hz; 0 when that is not what it is for.
 */
guint peal_negotiate_keys (const PealRtpDescription *local, guint8 payload_type);
