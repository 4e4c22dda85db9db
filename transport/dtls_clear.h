/* What a DTLS datagram says before there are keys: anybody on the path can say that.
 *
 * Pure: bytes in, a word out. Looks at the first record, which is the only one of what a forger
 * gains anything by. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* A fragment of a ClientHello (RFC 6347 §4.1, §4.2.2). */
gboolean peal_dtls_clear_is_hello (const guint8 *data, gsize length);

#define PEAL_DTLS_RANDOM 32

/* The random of the ClientHello that begins in @data (PEAL_DTLS_RANDOM bytes of it), the same in
 * all its retransmissions; NULL where it does not begin. */
const guint8 *peal_dtls_clear_random (const guint8 *data, gsize length);

/* Whether a handshake message of epoch 0 is one that this side may hear; TRUE for what is none. A
 * server that heard its own kind would give up. */
gboolean peal_dtls_clear_is_for (const guint8 *data, gsize length, gboolean server);

/* An alert of epoch 0. */
gboolean peal_dtls_clear_is_alert (const guint8 *data, gsize length);
