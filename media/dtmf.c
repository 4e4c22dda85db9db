/* The keys of a telephone as RTP says them (RFC 4733): which there are, and the payload of a packet
 * that tells one. */
// SPDX-License-Identifier: MIT
#include "media/dtmf.h"

#include <string.h>

#include "media/packet.h"
#include "signaling/event.h"

gboolean
peal_dtmf_read (PealDtmfPayload *payload, const guint8 *data, gsize length)
{
  if (length < PEAL_DTMF_PAYLOAD)
    return FALSE;

  *payload = (PealDtmfPayload) {
    .event = data[0],
    .end = data[1] >> 7,
    .volume = data[1] & 0x3f, /* between them a bit that is reserved */
    .duration = peal_packet_u16 (data + 2),
  };
  return TRUE;
}

void
peal_dtmf_write (const PealDtmfPayload *payload, guint8 out[PEAL_DTMF_PAYLOAD])
{
  g_assert (payload->event < PEAL_DTMF_N_KEYS && payload->volume < 64 &&
            payload->duration <= PEAL_DTMF_LONGEST);

  out[0] = (guint8) payload->event;
  out[1] = (guint8) ((payload->end ? 0x80 : 0) | payload->volume);
  peal_packet_put_u16 (out + 2, (guint16) payload->duration);
}

gboolean
peal_dtmf_check (const char *text, GError **error)
{
  for (const char *at = text; *at; at = g_utf8_next_char (at)) {
    if (*at == ',' || strchr (PEAL_DTMF_KEYS, g_ascii_toupper (*at)))
      continue;
    g_autofree char *letter = g_utf8_validate (at, -1, NULL)
                                  ? g_strndup (at, (gsize) (g_utf8_next_char (at) - at))
                                  : NULL;
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                 "\"%s\" is no key: there are 0-9, *, #, A-D, and a comma waits a second",
                 letter ? letter : "?");
    return FALSE;
  }
  if (*text && strlen (text) <= PEAL_DTMF_MOST)
    return TRUE;
  if (*text)
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "%u keys at once are the most",
                 PEAL_DTMF_MOST);
  else
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "no key is named");
  return FALSE;
}
