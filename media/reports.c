/* The reports of one content on its loop (RFC 3550 §6): when ours leave, what stands in them, and
 * the round trip that the peer's tell. */
// SPDX-License-Identifier: MIT
#include "media/reports.h"

#include <string.h>

enum {
  SECOND = 1000 * 1000,
  SECOND_REPORT = SECOND / 5, /* after the first: carries the peer's first sender report back */
};

static gsize
write_report (PealReports *reports, gboolean bye, guint8 *out)
{
  PealRtcpReport report = { .cname = reports->cname, .bye = bye };
  gint64 now = peal_loop_now (reports->with.loop);

  peal_sender_report (reports->with.sender, now, g_get_real_time (), &report);
  report.has_block = peal_receiver_block (reports->with.receiver, now, &report.block);
  if (report.sending)
    reports->told[reports->n_told++ % G_N_ELEMENTS (reports->told)] = (guint32) (report.ntp >> 16);
  return peal_rtcp_write (&report, out);
}

static void
say (PealReports *reports, gboolean bye)
{
  guint8 bytes[PEAL_RTCP_MAX];

  if (!reports->with.rtcp)
    return;
  PealDatagram datagram = { .data = bytes, .length = write_report (reports, bye, bytes) };
  peal_channel_send (reports->with.rtcp, &datagram, 1);
}

static void
report_again (gpointer user)
{
  PealReports *reports = user;

  say (reports, FALSE);
  /* RFC 3550 §6.2: at random, so that the two sides do not fall into step. */
  gint64 pause = (gint64) (SECOND * g_random_double_range (0.5, 1.5));
  peal_timer_set (reports->with.loop, &reports->timer, peal_loop_now (reports->with.loop) + pause,
                  report_again, reports);
}

void
peal_reports_send (PealReports *reports, const guint8 *feedback, gsize length)
{
  guint8 bytes[PEAL_RTCP_MAX + PEAL_REPORTS_FEEDBACK];

  if (!reports->with.rtcp || !reports->running || length > PEAL_REPORTS_FEEDBACK)
    return;
  PealRtcpReport empty = { .ssrc = reports->with.sender->ssrc, .cname = reports->cname };
  gsize report = reports->with.reduced_size ? 0 : peal_rtcp_write (&empty, bytes);
  memcpy (bytes + report, feedback, length);
  PealDatagram datagram = { .data = bytes, .length = report + length };
  peal_channel_send (reports->with.rtcp, &datagram, 1);
}

/* A report about a time that we never told is made up. */
static gboolean
was_told (const PealReports *reports, guint32 time)
{
  for (guint i = 0; i < MIN (reports->n_told, G_N_ELEMENTS (reports->told)); i++)
    if (reports->told[i] == time)
      return TRUE;
  return FALSE;
}

static void
heard_report (gpointer user, const guint8 *data, gsize length)
{
  PealReports *reports = user;
  PealRtcpHeard heard;

  /* What stood before a fault still counts. */
  peal_rtcp_read (data, length, reports->with.sender->ssrc, &heard);
  peal_receiver_heard_report (reports->with.receiver, &heard, peal_loop_now (reports->with.loop));
  double rtt_ms = heard.has_block && was_told (reports, heard.block.last_sr)
                      ? peal_receiver_round_trip (&heard.block, g_get_real_time ())
                      : -1;
  if (rtt_ms >= 0)
    reports->rtt_ms = rtt_ms;
  reports->events->heard (reports->user, &heard, rtt_ms);
  if (reports->events->whole)
    reports->events->whole (reports->user, data, length);
}

/* This lane opens with the stream's or a moment later; the next report finds it. */
static void
lane_changed (gpointer user, PealChannelState state, const GError *why)
{
  PealReports *reports = user;

  if (state == PEAL_CHANNEL_OPEN && reports->running)
    say (reports, FALSE);
}

static const PealChannelEvents events = { .state = lane_changed, .datagram = heard_report };

/* --- the life of them --- */

void
peal_reports_init (PealReports *reports, const PealReportsSetup *setup,
                   const PealReportsEvents *told, gpointer user)
{
  *reports = (PealReports) { .with = *setup, .events = told, .user = user, .rtt_ms = -1 };
  g_strlcpy (reports->cname, setup->cname, sizeof reports->cname);
  if (setup->rtcp)
    peal_channel_listen (setup->rtcp, &events, reports);
}

void
peal_reports_begin (PealReports *reports)
{
  reports->running = TRUE;
  say (reports, FALSE);
  peal_timer_set (reports->with.loop, &reports->timer,
                  peal_loop_now (reports->with.loop) + SECOND_REPORT, report_again, reports);
}

void
peal_reports_stop (PealReports *reports)
{
  reports->running = FALSE;
  peal_timer_clear (&reports->timer);
}

void
peal_reports_end (PealReports *reports)
{
  if (reports->running)
    say (reports, TRUE);
  peal_reports_stop (reports);
  if (reports->with.rtcp)
    peal_channel_listen (reports->with.rtcp, NULL, NULL);
}
