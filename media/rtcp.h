/* Sender and receiver reports (RFC 3550 §6): read, and written.
 *
 * Reports belong to a content, not to the engine that fills it, so that sound may come from a
 * pipeline now and from shared clips a moment later under one SSRC and one set of counters. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#define PEAL_RTCP_MAX 512 /* bytes of the largest report we make */

/* What a receiver says about one sender (§6.4.1). */
typedef struct {
  guint32 ssrc;     /* of the sender it is about */
  guint8 fraction;  /* lost since the last report, of 256 */
  gint32 lost;      /* since the beginning; 24 bits on the wire */
  guint32 highest;  /* extended sequence number */
  guint32 jitter;   /* in timestamp units */
  guint32 last_sr;  /* middle 32 bits of the NTP time of the last sender report */
  guint32 since_sr; /* 1/65536 s between hearing it and saying this */
} PealRtcpBlock;

/* What we say: one sender report or receiver report with a CNAME (§6.5), and a BYE. */
typedef struct {
  guint32 ssrc;
  gboolean sending; /* a sender report; else a receiver report */
  guint64 ntp;      /* the sender's clock now (peal_rtcp_ntp) and in timestamp units */
  guint32 timestamp;
  guint32 packets, octets;
  gboolean has_block;
  PealRtcpBlock block;
  gboolean bye;
  const char *cname;
} PealRtcpReport;

/* What the peer said in one datagram, as far as it concerns us. */
typedef struct {
  gboolean has_sender; /* a sender report of @ssrc */
  guint32 ssrc;
  guint64 ntp;
  guint32 timestamp;  /* of its stream, at that time */
  gboolean has_block; /* about our SSRC */
  PealRtcpBlock block;
  gboolean bye; /* of @bye_ssrc */
  guint32 bye_ssrc;
} PealRtcpHeard;

/* Writes a compound packet into @out, which has PEAL_RTCP_MAX bytes. Returns its length. */
gsize peal_rtcp_write (const PealRtcpReport *report, guint8 *out);

/* Reads a compound packet, or a lone one (RFC 5506). @ours: the SSRC whose report blocks matter.
 * FALSE when it is not RTCP or is cut short; what stood before the fault is in @heard. */
gboolean peal_rtcp_read (const guint8 *data, gsize length, guint32 ours, PealRtcpHeard *heard);

/* One RTCP packet of a compound one. */
typedef struct {
  guint8 type;        /* 200: a sender report … */
  guint8 count;       /* or format (RFC 4585 §6.1): the five bits */
  const guint8 *data; /* header included; borrowed */
  gsize length;       /* without padding; at least 4 */
} PealRtcpPart;

/* The next packet of @data, which is moved on. FALSE at the end, and where it is none. */
gboolean peal_rtcp_next (const guint8 **data, gsize *length, PealRtcpPart *part);

/* Writes the first four bytes of a packet of @bytes bytes (a multiple of 4). Returns what follows
 * them. */
guint8 *peal_rtcp_put_header (guint8 *out, guint count, guint8 type, gsize bytes);

/* g_get_real_time (µs since 1970) as 32.32 fixed point seconds since 1900. */
guint64 peal_rtcp_ntp (gint64 real_time);
