/* What was sent lately, to be sent again to who missed it (RFC 4585, RFC 4588). */
// SPDX-License-Identifier: MIT
#include "media/retransmit.h"

#include <string.h>

enum { MS = 1000 };
enum {
  GUESS_MS = 100, /* a round trip that is not known */
  LEAST_MS = 10,
  SHARE = 2,           /* half of the bitrate may be sent again, */
  LEAST_BYTES = 32000, /* a second, but at least this, */
  BURST_MS = 500,      /* after a silence as much as in half a second */
};

static PealSent *
slot_of (PealRetransmit *cache, guint16 sequence)
{
  return &cache->slots[sequence % PEAL_RETRANSMIT_SLOTS];
}

static void
drop (PealRetransmit *cache, PealSent *sent)
{
  if (!sent->data)
    return;
  cache->bytes -= sent->length;
  g_free (sent->data);
  *sent = (PealSent) { 0 };
}

void
peal_retransmit_clear (PealRetransmit *cache)
{
  for (guint i = 0; i < PEAL_RETRANSMIT_SLOTS; i++)
    drop (cache, &cache->slots[i]);
}

/* The oldest first, until what is left is neither too much nor too old. */
static void
shrink (PealRetransmit *cache, gint64 now)
{
  while (cache->oldest != cache->next) {
    PealSent *sent = slot_of (cache, cache->oldest);
    if (sent->data && cache->bytes <= PEAL_RETRANSMIT_BYTES &&
        now - sent->sent <= PEAL_RETRANSMIT_MS * MS)
      return;
    drop (cache, sent);
    cache->oldest++;
  }
}

void
peal_retransmit_keep (PealRetransmit *cache, guint16 sequence, const guint8 *data, gsize length,
                      gint64 now)
{
  PealSent *sent = slot_of (cache, sequence);

  if (cache->bytes == 0)
    cache->oldest = sequence;
  if ((guint16) (sequence - cache->oldest) >= PEAL_RETRANSMIT_SLOTS)
    cache->oldest = (guint16) (sequence - PEAL_RETRANSMIT_SLOTS + 1);
  drop (cache, sent);
  *sent = (PealSent) {
    .data = g_memdup2 (data, length), .length = length, .sent = now, .sequence = sequence
  };
  cache->bytes += length;
  cache->next = (guint16) (sequence + 1);
  shrink (cache, now);
}

/* How many bytes may be sent again at @now. */
static double
count_budget (PealRetransmit *cache, const PealRetransmitWish *wish)
{
  double a_second = MAX (wish->bitrate / 8.0 / SHARE, LEAST_BYTES);
  double most = a_second * BURST_MS / 1000;
  double since = cache->at ? (double) (wish->now - cache->at) / G_USEC_PER_SEC : 1;

  cache->budget = MIN (most, cache->budget + a_second * since);
  cache->at = wish->now;
  return cache->budget;
}

const PealSent *
peal_retransmit_again (PealRetransmit *cache, guint16 sequence, const PealRetransmitWish *wish)
{
  PealSent *sent = slot_of (cache, sequence);
  double rtt_ms = wish->rtt_ms < 0 ? GUESS_MS : MAX (wish->rtt_ms, LEAST_MS);

  shrink (cache, wish->now);
  if (!sent->data || sent->sequence != sequence)
    return NULL;
  if (sent->again && wish->now - sent->again < (gint64) (rtt_ms * MS))
    return NULL;
  if (count_budget (cache, wish) < sent->length)
    return NULL;
  cache->budget -= (double) sent->length;
  sent->again = wish->now;
  return sent;
}

gboolean
peal_rtx_wrap (PealPacket *packet, guint8 *payload)
{
  if (packet->length > PEAL_PACKET_MAX - PEAL_RTX_HEADER)
    return FALSE;
  memcpy (peal_packet_put_u16 (payload, packet->sequence), packet->payload, packet->length);
  packet->payload = payload;
  packet->length += PEAL_RTX_HEADER;
  return TRUE;
}

gboolean
peal_rtx_unwrap (PealPacket *packet)
{
  if (packet->length <= PEAL_RTX_HEADER)
    return FALSE;
  packet->sequence = peal_packet_u16 (packet->payload);
  packet->payload += PEAL_RTX_HEADER;
  packet->length -= PEAL_RTX_HEADER;
  return TRUE;
}
