/* What may be said about voice and picture beside its descriptions: session-info (XEP-0167 §8) and
 * the kind of a proposal. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/method.h"

/* For PealApplication.inform, .informed and .propose. */
PealOpen *peal_rtp_inform (PealInform what, const char *content);
PealInform peal_rtp_informed (const PealOpen *info, const char **content);
gpointer peal_rtp_propose (void);
gpointer peal_rtp_propose_picture (void);
/* An offered description as it stands in an answer that refuses it. Given. */
gpointer peal_rtp_refuse (gconstpointer offer);
