/* What a receiver asks of a sender and tells it, beside reports: read, and written.
 *
 * Missing packets (generic NACK, RFC 4585 §6.2.1), a picture that is lost (PLI, §6.3.1), a key
 * frame (FIR, RFC 5104 §4.3.1), how much may be sent (REMB, draft-alvestrand-rmcat-remb-03), and
 * when each packet of the path arrived (draft-holmer-rmcat-transport-wide-cc-extensions-01). Pure.
 */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rtcp.h"

#define PEAL_FEEDBACK_MISSING  256        /* packets that one NACK may name, the rest is not read */
#define PEAL_FEEDBACK_ARRIVALS 1024       /* packets that one telling of arrivals may be about */
#define PEAL_FEEDBACK_NEVER    G_MININT64 /* the arrival of what did not come */

/* When packets arrived, by the receiver's clock. */
typedef struct {
  guint16 base; /* number on the path of the first */
  guint8 count; /* of such messages before this one; wraps */
  guint n;
  gint64 since; /* written: the time that stands for all of them where none came */
  gint64 at[PEAL_FEEDBACK_ARRIVALS]; /* µs in steps of 250; PEAL_FEEDBACK_NEVER */
} PealArrivalReport;

typedef enum {
  PEAL_FEEDBACK_NONE = 0, /* nothing that is known or concerns us */
  PEAL_FEEDBACK_NACK,
  PEAL_FEEDBACK_PLI,
  PEAL_FEEDBACK_FIR,
  PEAL_FEEDBACK_REMB,
  PEAL_FEEDBACK_ARRIVED,
} PealFeedbackKind;

typedef struct {
  PealFeedbackKind kind;
  guint16 missing[PEAL_FEEDBACK_MISSING]; /* NACK */
  guint n_missing;
  guint8 number;             /* FIR: repeated with the same one it is the same wish */
  guint64 bitrate;           /* REMB, bit/s */
  PealArrivalReport arrived; /* ARRIVED: it is about the path, not about a source */
} PealFeedback;

/* Reads what @part says about our source @ssrc. Returns the kind. */
PealFeedbackKind peal_feedback_read (const PealRtcpPart *part, guint32 ssrc,
                                     PealFeedback *feedback);

/* --- writing: each returns the bytes it took of @out, 0 when there is no @room --- */

/* Who speaks, about which source. */
typedef struct {
  guint32 from, about;
} PealFeedbackSources;

/* @missing in ascending order (modulo 2^16). As many as there is room for are named, @n becomes
 * how many. */
gsize peal_feedback_put_nack (guint8 *out, gsize room, const PealFeedbackSources *sources,
                              const guint16 *missing, guint *n);
gsize peal_feedback_put_pli (guint8 *out, gsize room, const PealFeedbackSources *sources);
gsize peal_feedback_put_fir (guint8 *out, gsize room, const PealFeedbackSources *sources,
                             guint8 number);
gsize peal_feedback_put_remb (guint8 *out, gsize room, const PealFeedbackSources *sources,
                              guint64 bitrate);
/* At least one packet of @report has arrived, the first of which tells the time; what lies more
 * than 8 s apart is cut off: @report->n becomes how many packets were told. */
gsize peal_feedback_put_arrivals (guint8 *out, gsize room, const PealFeedbackSources *sources,
                                  PealArrivalReport *report);
