/* What a DTLS datagram says before there are keys; see dtls_clear.h. */
// SPDX-License-Identifier: MIT
#include "transport/dtls_clear.h"

/* RFC 6347 §4.1, §4.2.2:
 *    type 1 | version 2 | epoch 2 | sequence 6 | length 2          a record's header
 *    type 1 | length 3 | sequence 2 | offset 3 | length 3          a handshake message's
 *    version 2 | random 32 | …                                     ClientHello */
enum { EPOCH_AT = 3, RECORD = 13, OFFSET_AT = RECORD + 6, RANDOM_AT = RECORD + 12 + 2 };
enum { ALERT = 21, HANDSHAKE = 22, CLIENT_HELLO = 1 };

/* RFC 5246 §7.4, by number: who says it. What is not here both do. */
#define BY_CLIENTS (1u << CLIENT_HELLO | 1u << 15 | 1u << 16)
#define BY_SERVERS                                                                                 \
  (1u << 0 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 22)

static gboolean
is_clear (const guint8 *data, gsize length, guint8 type)
{
  return length > RECORD && data[0] == type && data[EPOCH_AT] == 0 && data[EPOCH_AT + 1] == 0;
}

gboolean
peal_dtls_clear_is_hello (const guint8 *data, gsize length)
{
  return is_clear (data, length, HANDSHAKE) && data[RECORD] == CLIENT_HELLO;
}

const guint8 *
peal_dtls_clear_random (const guint8 *data, gsize length)
{
  if (!peal_dtls_clear_is_hello (data, length) || length < RANDOM_AT + PEAL_DTLS_RANDOM ||
      data[OFFSET_AT] || data[OFFSET_AT + 1] || data[OFFSET_AT + 2])
    return NULL;
  return data + RANDOM_AT;
}

gboolean
peal_dtls_clear_is_for (const guint8 *data, gsize length, gboolean server)
{
  guint others = server ? BY_SERVERS : BY_CLIENTS;

  return !is_clear (data, length, HANDSHAKE) || data[RECORD] > 31 || !(others >> data[RECORD] & 1);
}

gboolean
peal_dtls_clear_is_alert (const guint8 *data, gsize length)
{
  return is_clear (data, length, ALERT);
}
