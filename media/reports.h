/* The reports of one content on its loop (RFC 3550 §6): when ours leave, what stands in them, and
 * the round trip that the peer's tell.
 *
 * Reports leave at once when the stream's lane opens, then about every second, which RFC 4585 §3.5
 * allows. Feedback (media/rtcp_feedback.h) leaves through here too, since it must not stand alone
 * unless reduced size was agreed on (RFC 5506 §4.1). All functions are called on the loop. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/receiver.h"
#include "media/sender.h"
#include "transport/channel.h"

typedef struct {
  /* The peer said something. @rtt_ms is negative where it tells none. */
  void (*heard) (gpointer user, const PealRtcpHeard *heard, double rtt_ms);
  /* The same datagram whole, for what else stands in it. May be NULL. */
  void (*whole) (gpointer user, const guint8 *data, gsize length);
} PealReportsEvents;

typedef struct {
  PealLoop *loop;
  PealChannel *rtcp;        /* borrowed; NULL: no reports */
  const PealSender *sender; /* borrowed, as is the receiver */
  PealReceiver *receiver;
  gboolean reduced_size; /* agreed: feedback may stand alone */
  const char *cname;     /* copied, at most 32 bytes */
} PealReportsSetup;

/* Embedded in its owner. */
typedef struct {
  PealReportsSetup with;
  const PealReportsEvents *events;
  gpointer user;
  PealTimer timer;  /* of the next report */
  gboolean running; /* the stream's lane is open */
  double rtt_ms;    /* the last that was told; -1: none yet */
  guint32 told[8];  /* the times of our last sender reports, as they come back */
  guint n_told;
  char cname[33];
} PealReports;

/* Listens to the lane of reports, if there is one, until the end. @setup is copied, @events is
 * borrowed. */
void peal_reports_init (PealReports *reports, const PealReportsSetup *setup,
                        const PealReportsEvents *events, gpointer user);

/* The stream's lane has opened: the first leaves now, the others follow. */
void peal_reports_begin (PealReports *reports);
/* It has closed. */
void peal_reports_stop (PealReports *reports);

/* Sends @length bytes of feedback (whole RTCP packets, at most PEAL_REPORTS_FEEDBACK), with an
 * empty report before them where they may not stand alone: those that count keep their own time.
 * Nothing leaves before the lane is open. */
#define PEAL_REPORTS_FEEDBACK 600
void peal_reports_send (PealReports *reports, const guint8 *feedback, gsize length);

/* Says BYE, if the lane of the stream is open, and leaves the lane of reports alone. */
void peal_reports_end (PealReports *reports);
