/* What a receiver asks of a sender and tells it, beside reports: read, and written. When packets
 * arrived is in arrival_wire.c. */
// SPDX-License-Identifier: MIT
#include "media/rtcp_feedback_inner.h"

#include <string.h>

#include "media/packet.h"

enum { HEADER = PEAL_FEEDBACK_HEADER };
enum { NACK_FORMAT = 1, PLI_FORMAT = 1, FIR_FORMAT = 4, APPLICATION_FORMAT = 15 };
enum { NACK_ITEM = 4, FOLLOWING = 16, FIR_ITEM = 8 };
enum { REMB_START = HEADER + 8, REMB_MANTISSA = 18, REMB_EXPONENT = 0x3f };

static const guint8 remb_name[4] = { 'R', 'E', 'M', 'B' };

/* --- reading --- */

static void
miss (PealFeedback *feedback, guint16 number)
{
  if (feedback->n_missing < PEAL_FEEDBACK_MISSING)
    feedback->missing[feedback->n_missing++] = number;
}

static PealFeedbackKind
read_nack (const PealRtcpPart *part, PealFeedback *feedback)
{
  for (gsize at = HEADER; at + NACK_ITEM <= part->length; at += NACK_ITEM) {
    guint16 first = peal_packet_u16 (part->data + at);
    guint16 more = peal_packet_u16 (part->data + at + 2);
    miss (feedback, first);
    for (guint i = 0; i < FOLLOWING; i++)
      if (more >> i & 1)
        miss (feedback, (guint16) (first + 1 + i));
  }
  return feedback->n_missing ? PEAL_FEEDBACK_NACK : PEAL_FEEDBACK_NONE;
}

static PealFeedbackKind
read_fir (const PealRtcpPart *part, guint32 ssrc, PealFeedback *feedback)
{
  for (gsize at = HEADER; at + FIR_ITEM <= part->length; at += FIR_ITEM)
    if (peal_packet_u32 (part->data + at) == ssrc) {
      feedback->number = part->data[at + 4];
      return PEAL_FEEDBACK_FIR;
    }
  return PEAL_FEEDBACK_NONE;
}

/* draft §2.2. One that names no source is about all of them. */
static gboolean
remb_is_about (const PealRtcpPart *part, guint32 ssrc)
{
  guint n = part->data[HEADER + 4];

  for (guint i = 0; i < n && REMB_START + 4 * (i + 1) <= part->length; i++)
    if (peal_packet_u32 (part->data + REMB_START + 4 * i) == ssrc)
      return TRUE;
  return n == 0;
}

static PealFeedbackKind
read_remb (const PealRtcpPart *part, guint32 ssrc, PealFeedback *feedback)
{
  if (part->length < REMB_START || memcmp (part->data + HEADER, remb_name, 4) != 0 ||
      !remb_is_about (part, ssrc))
    return PEAL_FEEDBACK_NONE;

  const guint8 *at = part->data + HEADER + 5;
  guint exponent = at[0] >> 2;
  guint64 mantissa = (guint64) (at[0] & 3) << 16 | peal_packet_u16 (at + 1);
  feedback->bitrate = exponent > 64 - REMB_MANTISSA ? G_MAXUINT64 : mantissa << exponent;
  return PEAL_FEEDBACK_REMB;
}

static PealFeedbackKind
read_transport (const PealRtcpPart *part, guint32 ssrc, PealFeedback *feedback)
{
  if (part->count == APPLICATION_FORMAT)
    return peal_feedback_read_arrivals (part, &feedback->arrived) ? PEAL_FEEDBACK_ARRIVED
                                                                  : PEAL_FEEDBACK_NONE;
  if (part->count == NACK_FORMAT && peal_packet_u32 (part->data + 8) == ssrc)
    return read_nack (part, feedback);
  return PEAL_FEEDBACK_NONE;
}

static PealFeedbackKind
read_payload (const PealRtcpPart *part, guint32 ssrc, PealFeedback *feedback)
{
  switch (part->count) {
  case PLI_FORMAT:
    return peal_packet_u32 (part->data + 8) == ssrc ? PEAL_FEEDBACK_PLI : PEAL_FEEDBACK_NONE;
  case FIR_FORMAT:
    return read_fir (part, ssrc, feedback);
  case APPLICATION_FORMAT:
    return read_remb (part, ssrc, feedback);
  default:
    return PEAL_FEEDBACK_NONE;
  }
}

PealFeedbackKind
peal_feedback_read (const PealRtcpPart *part, guint32 ssrc, PealFeedback *feedback)
{
  feedback->kind = PEAL_FEEDBACK_NONE;
  feedback->n_missing = 0;
  if (part->length < HEADER)
    return PEAL_FEEDBACK_NONE;
  if (part->type == PEAL_FEEDBACK_TRANSPORT)
    feedback->kind = read_transport (part, ssrc, feedback);
  else if (part->type == PEAL_FEEDBACK_PAYLOAD)
    feedback->kind = read_payload (part, ssrc, feedback);
  return feedback->kind;
}

/* --- writing --- */

guint8 *
peal_feedback_begin (guint8 *out, const PealRtcpPart *part, const PealFeedbackSources *sources)
{
  out = peal_rtcp_put_header (out, part->count, part->type, part->length);
  out = peal_packet_put_u32 (out, sources->from);
  return peal_packet_put_u32 (out, sources->about);
}

/* How many of @missing one item names, and which after its first. */
static guint
item_of (const guint16 *missing, guint n, guint16 *more)
{
  guint i = 1;

  *more = 0;
  for (; i < n; i++) {
    guint16 after = (guint16) (missing[i] - missing[0] - 1);
    if (after >= FOLLOWING)
      break;
    *more |= (guint16) (1 << after);
  }
  return i;
}

gsize
peal_feedback_put_nack (guint8 *out, gsize room, const PealFeedbackSources *sources,
                        const guint16 *missing, guint *n)
{
  guint8 *at = out + HEADER;
  guint named = 0;

  for (guint16 more; named < *n && (gsize) (at - out) + NACK_ITEM <= room; at += NACK_ITEM) {
    guint16 first = missing[named];
    named += item_of (missing + named, *n - named, &more);
    peal_packet_put_u16 (peal_packet_put_u16 (at, first), more);
  }
  *n = named;
  if (!named)
    return 0;
  peal_feedback_begin (out,
                       &(PealRtcpPart) { .type = PEAL_FEEDBACK_TRANSPORT,
                                         .count = NACK_FORMAT,
                                         .length = (gsize) (at - out) },
                       sources);
  return (gsize) (at - out);
}

gsize
peal_feedback_put_pli (guint8 *out, gsize room, const PealFeedbackSources *sources)
{
  PealRtcpPart part = { .type = PEAL_FEEDBACK_PAYLOAD, .count = PLI_FORMAT, .length = HEADER };

  if (room < part.length)
    return 0;
  peal_feedback_begin (out, &part, sources);
  return part.length;
}

/* §4.3.1.1: whom it is about stands in the item, and nowhere else. */
gsize
peal_feedback_put_fir (guint8 *out, gsize room, const PealFeedbackSources *sources, guint8 number)
{
  PealRtcpPart part = { .type = PEAL_FEEDBACK_PAYLOAD,
                        .count = FIR_FORMAT,
                        .length = HEADER + FIR_ITEM };

  if (room < part.length)
    return 0;
  guint8 *at = peal_feedback_begin (out, &part, &(PealFeedbackSources) { .from = sources->from });
  at = peal_packet_put_u32 (at, sources->about);
  peal_packet_put_u32 (at, (guint32) number << 24);
  return part.length;
}

/* draft §2.2: "SSRC of media source" is always 0. */
gsize
peal_feedback_put_remb (guint8 *out, gsize room, const PealFeedbackSources *sources,
                        guint64 bitrate)
{
  PealRtcpPart part = { .type = PEAL_FEEDBACK_PAYLOAD,
                        .count = APPLICATION_FORMAT,
                        .length = REMB_START + 4 };
  guint exponent = 0;

  if (room < part.length)
    return 0;
  while (bitrate >> exponent >> REMB_MANTISSA)
    exponent++;
  guint32 mantissa = (guint32) (bitrate >> exponent);
  guint8 *at = peal_feedback_begin (out, &part, &(PealFeedbackSources) { .from = sources->from });
  memcpy (at, remb_name, sizeof remb_name);
  at = peal_packet_put_u32 (at + sizeof remb_name,
                            1u << 24 | (exponent & REMB_EXPONENT) << REMB_MANTISSA | mantissa);
  peal_packet_put_u32 (at, sources->about);
  return part.length;
}
