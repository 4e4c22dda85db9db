/* One outgoing RTP stream: the only owner of its SSRC, sequence numbers, timestamps and counters.
 *
 * Whatever fills a content (a pipeline, shared clips, later packets that only pass) is an engine.
 * Engines hand over payloads with timestamps of their own; the stream that leaves is one, with one
 * SSRC, since peers ignore a second one (Dino). Pure: the time is an argument. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/packet.h"
#include "media/rtcp.h"

typedef struct {
  guint clock_rate; /* Hz */
  guint frame;      /* timestamp units of one packet */
  guint8 payload_type;
  guint32 ssrc;
  guint16 sequence;  /* of the next packet */
  guint32 timestamp; /* of the last packet */
  gint64 at;         /* when the last packet left, µs; 0: none yet */
  guint engine;      /* which filled the last packet; 0: none, the next begins anew */
  guint32 offset;    /* from the engine's timestamps to the stream's */
  guint32 place;     /* of the frame that peal_sender_place was asked about */
  gboolean marked;   /* the next packet will be: it begins anew */
  guint32 packets;   /* as reports count them (RFC 3550 §6.4.1): they wrap */
  guint32 octets;    /* of payload; wraps */
  guint64 bytes;     /* of whole packets */
} PealSender;

/* One payload from an engine. */
typedef struct {
  guint engine;      /* not 0 */
  guint32 timestamp; /* on the engine's own line */
  const guint8 *payload;
  gsize length;
  const PealPacket *extended; /* has the header extension of its packet; NULL: there is none */
} PealFrame;

/* @clock_rate in Hz; @frame: timestamp units of 20 ms. SSRC and beginnings are random (RFC 3550
 * §5.1). */
void peal_sender_init (PealSender *sender, guint clock_rate, guint frame, guint8 payload_type);

/* Writes @frame as the next packet into @out (PEAL_PACKET_MAX bytes); @now in µs, monotonic.
 * Returns its length; 0 when the payload is too long, and then nothing is counted. */
gsize peal_sender_write (PealSender *sender, const PealFrame *frame, gint64 now, guint8 *out);

/* The timestamp that @frame will have. To be asked once before what else happens to the frame. */
guint32 peal_sender_place (PealSender *sender, const PealFrame *frame, gint64 now);

/* Writes another packet in the place of the frame that was asked about last, such as one that tells
 * a key: @packet's payload, its type, marker and timestamp. As peal_sender_write. */
gsize peal_sender_write_packet (PealSender *sender, const PealPacket *packet, gint64 now,
                                guint8 *out);

/* Nothing was sent for a while on purpose (hold): the next packet keeps to the clock and is marked.
 */
void peal_sender_pause (PealSender *sender);

/* Fills the sender's part of @report. @now as above, @real_time is g_get_real_time. */
void peal_sender_report (const PealSender *sender, gint64 now, gint64 real_time,
                         PealRtcpReport *report);
