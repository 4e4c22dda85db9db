/* What each packet of a voice says beside its sound (RFC 8285): of which content it is, how loud it
 * is, when it left. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "media/exchange_inner.h"

/* -dBov; louder is taken for speech. Hiss and hum of a room lie below (RFC 6464 §3 leaves it to
 * us). */
enum { FAINTEST_SPEECH = 50 };

void
peal_exchange_extend_init (PealExchange *exchange, const PealExchangeSetup *setup)
{
  exchange->ids = setup->ids;
  exchange->level = PEAL_EXTENSIONS_SILENCE;
  if (setup->content)
    g_strlcpy (exchange->mid, setup->content, sizeof exchange->mid);
}

void
peal_exchange_extend (PealExchange *exchange, PealPacket *packet, guint8 *out)
{
  PealExtensions say = {
    .has_audio_level = TRUE,
    .audio_level = exchange->level,
    .voice = exchange->level <= FAINTEST_SPEECH,
    .has_abs_send_time = TRUE,
    .abs_send_time = peal_extensions_time (peal_loop_now (exchange->loop)),
  };

  /* RFC 8843 §9.2: until the peer has shown that it knows the source, it may know it by nothing
   * else. A name cut short would be another's. */
  if (!exchange->is_known && exchange->mid[0] && strlen (exchange->mid) <= PEAL_EXTENSIONS_MID) {
    say.mid = exchange->mid;
    say.mid_length = strlen (exchange->mid);
  }
  peal_extensions_write (packet, &exchange->ids, &say, out);
}
