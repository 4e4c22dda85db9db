/* What the two files of feedback share. Nobody else includes this. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rtcp_feedback.h"

enum { PEAL_FEEDBACK_TRANSPORT = 205, PEAL_FEEDBACK_PAYLOAD = 206 }; /* RFC 4585 §6.1 */
enum { PEAL_FEEDBACK_HEADER = 12 };                                  /* bytes, both sources */

/* Writes the common beginning of @part's type, format and length. Returns what follows it. */
guint8 *peal_feedback_begin (guint8 *out, const PealRtcpPart *part,
                             const PealFeedbackSources *sources);

/* FALSE: it is cut short, or about more than is believed. */
gboolean peal_feedback_read_arrivals (const PealRtcpPart *part, PealArrivalReport *report);
