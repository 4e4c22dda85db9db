/* DTLS 1.2 (RFC 6347) as a filter: application data in clear above, records below. */
// SPDX-License-Identifier: MIT
#include "transport/dtls_inner.h"

#include "transport/fingerprint.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#define OVERHEAD   37           /* of a record with AES-GCM: header 13, nonce 8, tag 16 */
#define HEARSAY    (500 * 1000) /* µs without another word, then an alert in clear is believed */
#define START_OVER (20 * 1000)  /* µs between two handshakes that a flood can make us begin */

/* --- below --- */

static void
believe_alert (gpointer user)
{
  PealDtls *dtls = user;
  g_autoptr(GBytes) alert = g_steal_pointer (&dtls->alert);
  gsize length;
  const guint8 *data = g_bytes_get_data (alert, &length);

  if (dtls->stage == PEAL_DTLS_HANDSHAKING)
    peal_dtls_handshake_feed (dtls, data, length);
}

/* RFC 6347 §4.1.2.7: alerts can be forged. Whoever means one says nothing more. */
static void
wait_for_more (PealDtls *dtls)
{
  if (dtls->alert && dtls->stage == PEAL_DTLS_HANDSHAKING)
    peal_timer_set (dtls->channel.loop, &dtls->hearsay,
                    peal_loop_now (dtls->channel.loop) + HEARSAY, believe_alert, dtls);
}

static void
doubt_alert (PealDtls *dtls, const guint8 *data, gsize length)
{
  if (dtls->alert)
    return;
  dtls->alert = g_bytes_new (data, length);
  wait_for_more (dtls);
}

/* Nothing but our own first flight followed the ClientHello that we answer. */
static gboolean
is_unanswered (const PealDtls *dtls)
{
  OSSL_HANDSHAKE_STATE state = SSL_get_state (dtls->ssl);

  return state == TLS_ST_BEFORE || state == TLS_ST_SR_CLNT_HELLO || state == TLS_ST_SW_SRVR_DONE;
}

/* A forged ClientHello must not keep the peer's own from being answered, nor a flood of them us
 * busy: another one is taken in its place as long as nobody went on with the first, fifty times a
 * second at most. FALSE: it is none of the handshake under way. */
static gboolean
is_our_hello (PealDtls *dtls, const guint8 *data, gsize length)
{
  const guint8 *random = peal_dtls_clear_random (data, length);
  gint64 now = peal_loop_now (dtls->channel.loop);

  if (!random)
    return TRUE; /* another fragment */
  if (dtls->has_random && memcmp (dtls->random, random, PEAL_DTLS_RANDOM) != 0) {
    if (now - dtls->begun < START_OVER || !is_unanswered (dtls))
      return FALSE;
    peal_dtls_handshake_drop (dtls);
    peal_dtls_handshake_begin (dtls, PEAL_DTLS_PASSIVE);
  }
  memcpy (dtls->random, random, PEAL_DTLS_RANDOM);
  return dtls->has_random = TRUE;
}

/* What may be a part of the handshake under way. */
static gboolean
is_plausible (PealDtls *dtls, const guint8 *data, gsize length)
{
  return peal_dtls_clear_is_for (data, length, dtls->role == PEAL_DTLS_PASSIVE) &&
         (!peal_dtls_clear_is_hello (data, length) || is_our_hello (dtls, data, length));
}

static void
below_datagram (gpointer user, const guint8 *data, gsize length)
{
  PealDtls *dtls = user;
  gboolean passive = !dtls->told_role || dtls->role == PEAL_DTLS_PASSIVE;

  if (dtls->stage == PEAL_DTLS_IDLE && passive && peal_dtls_clear_is_hello (data, length))
    peal_dtls_handshake_begin (dtls, PEAL_DTLS_PASSIVE);
  if (dtls->stage == PEAL_DTLS_IDLE || dtls->stage == PEAL_DTLS_ENDED ||
      (dtls->stage == PEAL_DTLS_HANDSHAKING && !is_plausible (dtls, data, length))) {
    dtls->channel.dropped++;
    return;
  }
  if (dtls->stage == PEAL_DTLS_HANDSHAKING && peal_dtls_clear_is_alert (data, length)) {
    doubt_alert (dtls, data, length);
    return;
  }
  wait_for_more (dtls);
  peal_dtls_handshake_feed (dtls, data, length);
}

static void
below_state (gpointer user, PealChannelState state, const GError *why)
{
  PealDtls *dtls = user;

  if (state == PEAL_CHANNEL_OPEN)
    peal_dtls_handshake_go (dtls);
  else if (state == PEAL_CHANNEL_CLOSED && dtls->stage != PEAL_DTLS_ENDED)
    peal_dtls_handshake_end (dtls, why ? g_error_copy (why) : NULL);
}

static const PealChannelEvents below_events = { .state = below_state, .datagram = below_datagram };

/* --- above --- */

static guint
dtls_send (PealChannel *channel, const PealDatagram *datagrams, guint n)
{
  PealDtls *dtls = (PealDtls *) channel;

  ERR_clear_error ();
  for (guint i = 0; i < n; i++)
    if (datagrams[i].length > channel->mtu || datagrams[i].length == 0 ||
        SSL_write (dtls->ssl, datagrams[i].data, (int) datagrams[i].length) <= 0)
      return i;
  return n;
}

static void
dtls_free (PealChannel *channel)
{
  g_autofree PealDtls *dtls = (PealDtls *) channel;

  if (dtls->stage == PEAL_DTLS_SECURED || dtls->stage == PEAL_DTLS_UNPROVEN)
    SSL_shutdown (dtls->ssl);
  peal_timer_clear (&dtls->retransmit);
  peal_timer_clear (&dtls->deadline);
  peal_timer_clear (&dtls->hearsay);
  g_clear_pointer (&dtls->alert, g_bytes_unref);
  SSL_free (dtls->ssl);
  g_queue_clear_full (&dtls->held, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&dtls->expected, g_array_unref);
  ERR_clear_error ();
  peal_channel_free (channel->below);
}

static const PealChannelClass dtls_class = { .name = "dtls", .send = dtls_send, .free = dtls_free };

PealChannel *
peal_dtls_new (PealChannel *below, gboolean srtp)
{
  PealDtls *dtls = g_new0 (PealDtls, 1);

  peal_channel_init (&dtls->channel, &dtls_class, below->loop, below);
  dtls->channel.mtu = below->mtu - OVERHEAD;
  dtls->srtp = srtp;
  g_queue_init (&dtls->held);
  peal_channel_listen (below, &below_events, dtls);
  return &dtls->channel;
}

static PealDtls *
dtls_of (PealChannel *channel)
{
  g_assert (channel->class_ == &dtls_class);
  return (PealDtls *) channel;
}

void
peal_dtls_start (PealChannel *channel, PealDtlsRole role)
{
  PealDtls *dtls = dtls_of (channel);
  gboolean deceived =
      dtls->stage == PEAL_DTLS_HANDSHAKING && role == PEAL_DTLS_ACTIVE && is_unanswered (dtls);

  if (deceived) /* the peer waits for our ClientHello: the one that came was not its own */
    peal_dtls_handshake_drop (dtls);
  if (dtls->stage != PEAL_DTLS_IDLE)
    return;
  dtls->told_role = TRUE;
  dtls->role = role;
  peal_dtls_handshake_go (dtls);
}

void
peal_dtls_expect (PealChannel *channel, const GArray *digests)
{
  PealDtls *dtls = dtls_of (channel);

  g_assert (!dtls->expected);
  dtls->expected = g_array_copy ((GArray *) digests);
  if (dtls->stage == PEAL_DTLS_UNPROVEN)
    peal_dtls_handshake_prove (dtls);
  else {
    peal_dtls_handshake_arm (dtls);
    peal_dtls_handshake_tell_keys (dtls);
  }
}

void
peal_dtls_on_keys (PealChannel *channel, void (*keyed) (gpointer user), gpointer user)
{
  PealDtls *dtls = dtls_of (channel);

  dtls->on_keys = keyed;
  dtls->on_keys_user = user;
}

gboolean
peal_dtls_export (PealChannel *channel, PealSrtpKeys *keys)
{
  static const char label[] = "EXTRACTOR-dtls_srtp";
  PealDtls *dtls = dtls_of (channel);
  const SRTP_PROTECTION_PROFILE *profile =
      dtls->ssl ? SSL_get_selected_srtp_profile (dtls->ssl) : NULL;
  guint8 material[2 * PEAL_SRTP_KEY_SIZE];
  gsize key, salt;

  if ((dtls->stage != PEAL_DTLS_SECURED && !dtls->keyed) || !profile ||
      !peal_srtp_sizes (profile->id, &key, &salt) ||
      SSL_export_keying_material (dtls->ssl, material, 2 * (key + salt), label, sizeof label - 1,
                                  NULL, 0, 0) != 1)
    return FALSE;

  /* RFC 5764 §4.2: client's key, server's key, client's salt, server's salt. */
  guint8 *client = dtls->role == PEAL_DTLS_ACTIVE ? keys->local : keys->remote;
  guint8 *server = dtls->role == PEAL_DTLS_ACTIVE ? keys->remote : keys->local;
  keys->profile = profile->id;
  memcpy (client, material, key);
  memcpy (server, material + key, key);
  memcpy (client + key, material + 2 * key, salt);
  memcpy (server + key, material + 2 * key + salt, salt);
  OPENSSL_cleanse (material, sizeof material);
  return TRUE;
}

void
peal_dtls_warm_up (void)
{
  peal_dtls_context_warm_up ();
}
