/* When each packet of a path arrived, on the wire
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
 *
 *  0                   1                   2                   3
 * |V=2|P|  FMT=15 |    PT=205     |           length              |
 * |                     SSRC of packet sender                     |
 * |                      SSRC of media source                     |
 * |      base sequence number     |      packet status count      |
 * |                 reference time                | fb pkt. count |
 * | chunks of 16 bits: what came  | then deltas of 8 or 16 bits   | */
// SPDX-License-Identifier: MIT
#include "media/rtcp_feedback_inner.h"

#include "media/packet.h"

enum { FIXED = PEAL_FEEDBACK_HEADER + 8, FORMAT = 15 };
enum { TICK = 250, REFERENCE = 64 * 1000 }; /* µs, of deltas and of the reference time */
enum { REFERENCE_BITS = 24 };
enum { NEVER = 0, SMALL = 1, LARGE = 2, RESERVED = 3 }; /* §3.1.1 */
enum { ONE_BIT = 14, TWO_BITS = 7, RUN_MOST = 0x1fff }; /* packets of one chunk */

/* --- reading --- */

static guint
symbol_at (guint chunk, guint i)
{
  if (!(chunk & 0x8000)) /* §3.1.3: a run */
    return chunk >> 13 & 3;
  if (chunk & 0x4000) /* §3.1.4 */
    return chunk >> (12 - 2 * i) & 3;
  return chunk >> (13 - i) & 1;
}

static guint
packets_of (guint chunk)
{
  if (!(chunk & 0x8000))
    return chunk & RUN_MOST;
  return chunk & 0x4000 ? TWO_BITS : ONE_BIT;
}

/* Which symbol each packet has. Returns where the deltas begin, NULL where it is cut short. */
static const guint8 *
read_chunks (const PealRtcpPart *part, guint n, guint8 *symbols)
{
  const guint8 *at = part->data + FIXED, *end = part->data + part->length;

  for (guint done = 0; done < n; at += 2) {
    if (end - at < 2)
      return NULL;
    guint chunk = peal_packet_u16 (at);
    guint here = MIN (packets_of (chunk), n - done);
    for (guint i = 0; i < here; i++)
      symbols[done++] = (guint8) symbol_at (chunk, i);
  }
  return at;
}

/* One delta. FALSE: cut short, or no symbol that means anything. */
static gboolean
read_delta (const guint8 **at, const guint8 *end, guint symbol, gint64 *ticks)
{
  gsize bytes = symbol;

  if (symbol == RESERVED || (gsize) (end - *at) < bytes)
    return FALSE;
  *ticks = symbol == SMALL ? **at : (gint16) peal_packet_u16 (*at);
  *at += bytes;
  return TRUE;
}

gboolean
peal_feedback_read_arrivals (const PealRtcpPart *part, PealArrivalReport *report)
{
  guint8 symbols[PEAL_FEEDBACK_ARRIVALS];
  const guint8 *end = part->data + part->length;

  if (part->length < FIXED)
    return FALSE;
  guint n = peal_packet_u16 (part->data + 14);
  guint32 reference = peal_packet_u32 (part->data + 16);
  report->base = peal_packet_u16 (part->data + 12);
  report->count = (guint8) reference;
  report->n = 0;
  if (n == 0 || n > PEAL_FEEDBACK_ARRIVALS)
    return FALSE;
  const guint8 *at = read_chunks (part, n, symbols);
  if (!at)
    return FALSE;
  gint64 time = (gint64) ((gint32) reference >> 8) * REFERENCE, ticks = 0;
  for (guint i = 0; i < n; i++) {
    report->at[i] = PEAL_FEEDBACK_NEVER;
    if (symbols[i] == NEVER)
      continue;
    if (!read_delta (&at, end, symbols[i], &ticks))
      return FALSE;
    report->at[i] = time += ticks * TICK;
  }
  report->n = n;
  return TRUE;
}

/* --- writing --- */

typedef struct {
  guint8 symbols[PEAL_FEEDBACK_ARRIVALS];
  gint16 ticks[PEAL_FEEDBACK_ARRIVALS];
  gint64 reference; /* of REFERENCE */
} Draft;

/* §3.1: the reference time is at most 64 ms before the first arrival. Returns how many packets can
 * be told by it. */
static guint
draft (Draft *draft, const PealArrivalReport *report)
{
  gint64 time = 0;
  gboolean begun = FALSE;

  draft->reference = report->since / REFERENCE;
  for (guint i = 0; i < report->n; i++) {
    draft->symbols[i] = NEVER;
    if (report->at[i] == PEAL_FEEDBACK_NEVER)
      continue;
    if (!begun) {
      draft->reference = report->at[i] / REFERENCE;
      time = draft->reference * REFERENCE / TICK;
      begun = TRUE;
    }
    gint64 ticks = report->at[i] / TICK - time;
    if (ticks < G_MININT16 || ticks > G_MAXINT16)
      return i;
    time += ticks;
    draft->ticks[i] = (gint16) ticks;
    draft->symbols[i] = ticks >= 0 && ticks <= G_MAXUINT8 ? SMALL : LARGE;
  }
  return report->n;
}

/* The chunk that begins at @symbols, of which there are @n; @took becomes how many it tells. */
static guint16
chunk_of (const guint8 *symbols, guint n, guint *took)
{
  guint run = 1, large = 0, bits = 0;

  while (run < MIN (n, RUN_MOST) && symbols[run] == symbols[0])
    run++;
  for (guint i = 0; i < MIN (n, ONE_BIT); i++)
    large += symbols[i] == LARGE;
  if (run == n || run >= (large ? TWO_BITS : ONE_BIT)) {
    *took = run;
    return (guint16) (symbols[0] << 13 | run);
  }
  *took = MIN (n, large ? TWO_BITS : ONE_BIT);
  for (guint i = 0; i < *took; i++)
    bits |= large ? (guint) symbols[i] << (12 - 2 * i) : (guint) symbols[i] << (13 - i);
  return (guint16) (0x8000 | (large ? 0x4000 : 0) | bits);
}

static guint8 *
put_deltas (guint8 *at, const Draft *draft, guint n)
{
  for (guint i = 0; i < n; i++)
    if (draft->symbols[i] == SMALL)
      *at++ = (guint8) draft->ticks[i];
    else if (draft->symbols[i] == LARGE)
      at = peal_packet_put_u16 (at, (guint16) draft->ticks[i]);
  return at;
}

/* Two bytes of chunk for each seven packets at worst, and two of delta for each. */
static guint
that_fit (gsize room, guint n)
{
  if (room < FIXED + 8)
    return 0;
  return (guint) MIN (n, (room - FIXED - 8) * 7 / 16);
}

gsize
peal_feedback_put_arrivals (guint8 *out, gsize room, const PealFeedbackSources *sources,
                            PealArrivalReport *report)
{
  Draft told;

  report->n = that_fit (room, MIN (report->n, PEAL_FEEDBACK_ARRIVALS));
  report->n = draft (&told, report);
  if (report->n == 0)
    return 0;
  guint8 *at = peal_packet_put_u16 (out + PEAL_FEEDBACK_HEADER, report->base);
  at = peal_packet_put_u16 (at, (guint16) report->n);
  guint32 reference = (guint32) told.reference & ((1u << REFERENCE_BITS) - 1);
  at = peal_packet_put_u32 (at, reference << 8 | report->count);
  for (guint done = 0, took; done < report->n; done += took)
    at = peal_packet_put_u16 (at, chunk_of (told.symbols + done, report->n - done, &took));
  at = put_deltas (at, &told, report->n);
  while ((at - out) % 4) /* zero bytes, as everybody does; the length does not tell of them */
    *at++ = 0;
  PealRtcpPart part = { .type = PEAL_FEEDBACK_TRANSPORT,
                        .count = FORMAT,
                        .length = (gsize) (at - out) };
  peal_feedback_begin (out, &part, sources);
  return part.length;
}
