/* The handshake of DTLS: OpenSSL's steps, its timers, and the proof of who is there. */
// SPDX-License-Identifier: MIT
#include "transport/dtls_inner.h"

#include "signaling/event.h"
#include "transport/fingerprint.h"

#include <openssl/err.h>

#define LARGEST_RECORD 16384
#define TRIES          4           /* of a client whose handshake broke, */
#define TRY_AGAIN      (50 * 1000) /* each after a longer pause, µs: what was on its way may pass */

static const char *const stage_words[PEAL_DTLS_N_STAGES] = { "idle", "handshaking", "unproven",
                                                             "secured", "ended" };

static void
enter (PealDtls *dtls, PealDtlsStage stage)
{
  g_debug ("dtls: %s -> %s", stage_words[dtls->stage], stage_words[stage]);
  dtls->stage = stage;
}

void
peal_dtls_handshake_end (PealDtls *dtls, GError *why)
{
  g_autoptr(GError) error = why;

  enter (dtls, PEAL_DTLS_ENDED);
  peal_timer_clear (&dtls->retransmit);
  peal_timer_clear (&dtls->deadline);
  peal_timer_clear (&dtls->hearsay);
  peal_channel_enter (&dtls->channel, PEAL_CHANNEL_CLOSED, error);
}

/* --- what OpenSSL asks --- */

static gboolean
take (gpointer user, const guint8 **data, gsize *length)
{
  PealDtls *dtls = user;

  *data = g_steal_pointer (&dtls->incoming);
  *length = dtls->incoming_length;
  return *data != NULL;
}

/* What the path does not take is lost, and sent again in time. */
static void
put (gpointer user, const guint8 *data, gsize length)
{
  PealDtls *dtls = user;

  peal_channel_send (dtls->channel.below, &(PealDatagram) { data, length }, 1);
}

static void
extended (gpointer user)
{
  PealDtls *dtls = user;

  dtls->extended = TRUE;
}

/* Any certificate while signaling has not told of one; a wrong one gets an alert at once. */
static gboolean
trusts (gpointer user, const X509 *certificate)
{
  PealDtls *dtls = user;

  return !dtls->expected || peal_fingerprint_match (dtls->expected, certificate);
}

/* --- the handshake --- */

static void
give_up (gpointer user)
{
  PealDtls *dtls = user;
  guint seconds = PEAL_DTLS_PATIENCE / G_USEC_PER_SEC;

  peal_dtls_handshake_end (
      dtls,
      dtls->heard
          ? g_error_new (PEAL_CAUSE, PEAL_CAUSE_SECURITY,
                         "the DTLS handshake did not end within %u s", seconds)
          : g_error_new (PEAL_CAUSE, PEAL_CAUSE_NO_PATH,
                         "no answer to the DTLS handshake within %u s although a path was found",
                         seconds));
}

/* The patience begins when nothing is missing on our side. */
void
peal_dtls_handshake_arm (PealDtls *dtls)
{
  gboolean ready = dtls->channel.below->state == PEAL_CHANNEL_OPEN && dtls->expected &&
                   (dtls->told_role || dtls->stage == PEAL_DTLS_HANDSHAKING);

  if (ready && dtls->stage <= PEAL_DTLS_HANDSHAKING && !dtls->deadline.due)
    peal_timer_set (dtls->channel.loop, &dtls->deadline,
                    peal_loop_now (dtls->channel.loop) + PEAL_DTLS_PATIENCE, give_up, dtls);
}

static gboolean
is_expected (const PealDtls *dtls)
{
  const X509 *certificate = SSL_get0_peer_certificate (dtls->ssl);

  return dtls->expected && certificate && peal_fingerprint_match (dtls->expected, certificate);
}

/* A client that has said its last word, while the server's is on its way. By now the server has
 * shown its certificate and signed its half of the key exchange with it; our ciphers are all strong
 * ones; and the extended master secret hangs on every word of both. Who changed one on the way made
 * keys that nobody has. (Without RFC 7627 only the server's Finished would tell.) */
static gboolean
is_understood_by_peer_alone (const PealDtls *dtls)
{
  return dtls->stage == PEAL_DTLS_HANDSHAKING && dtls->role == PEAL_DTLS_ACTIVE && dtls->extended &&
         SSL_get_state (dtls->ssl) == TLS_ST_CW_FINISHED && is_expected (dtls) &&
         SSL_get_selected_srtp_profile (dtls->ssl);
}

void
peal_dtls_handshake_tell_keys (PealDtls *dtls)
{
  if (dtls->keyed || !dtls->on_keys ||
      (dtls->stage != PEAL_DTLS_SECURED && !is_understood_by_peer_alone (dtls)))
    return;
  dtls->keyed = TRUE;
  dtls->on_keys (dtls->on_keys_user);
}

void
peal_dtls_handshake_prove (PealDtls *dtls)
{
  GError *why = NULL;

  if (!is_expected (dtls))
    why = peal_dtls_context_stranger ();
  else if (dtls->srtp && !SSL_get_selected_srtp_profile (dtls->ssl))
    why = g_error_new (
        PEAL_CAUSE, PEAL_CAUSE_SECURITY,
        "the other side agreed on no SRTP cipher: it has none of " PEAL_DTLS_SRTP_PROFILES);
  if (why) {
    SSL_shutdown (dtls->ssl);
    peal_dtls_handshake_end (dtls, why);
    return;
  }

  enter (dtls, PEAL_DTLS_SECURED);
  peal_timer_clear (&dtls->deadline);
  peal_dtls_handshake_tell_keys (dtls);
  peal_channel_enter (&dtls->channel, PEAL_CHANNEL_OPEN, NULL);
  for (GBytes *held; (held = g_queue_pop_head (&dtls->held)); g_bytes_unref (held))
    peal_channel_deliver (&dtls->channel, g_bytes_get_data (held, NULL), g_bytes_get_size (held));
}

static void
take_data (PealDtls *dtls, const guint8 *data, gsize length)
{
  if (dtls->stage == PEAL_DTLS_SECURED)
    peal_channel_deliver (&dtls->channel, data, length);
  else if (dtls->held.length < PEAL_CHANNEL_EARLY)
    g_queue_push_tail (&dtls->held, g_bytes_new (data, length));
  else
    dtls->channel.dropped++;
}

static void time_out (gpointer user);

static void
arm_retransmit (PealDtls *dtls)
{
  struct timeval left;

  if (DTLSv1_get_timeout (dtls->ssl, &left))
    peal_timer_set (dtls->channel.loop, &dtls->retransmit,
                    g_get_monotonic_time () + left.tv_sec * G_USEC_PER_SEC + left.tv_usec, time_out,
                    dtls);
  else
    peal_timer_clear (&dtls->retransmit);
}

static void
go_again (gpointer user)
{
  peal_dtls_handshake_go (user);
}

void
peal_dtls_handshake_drop (PealDtls *dtls)
{
  g_clear_pointer (&dtls->ssl, SSL_free);
  dtls->extended = dtls->keyed = FALSE;
  g_clear_pointer (&dtls->alert, g_bytes_unref);
  peal_timer_clear (&dtls->hearsay);
  peal_timer_clear (&dtls->retransmit);
  enter (dtls, PEAL_DTLS_IDLE);
}

/* A client whose handshake broke, although the peer neither complained nor was a stranger: perhaps
 * over what a forged ClientHello made the peer say. With a fresh one the peer starts over as well.
 */
static gboolean
try_again (PealDtls *dtls)
{
  if (dtls->stage != PEAL_DTLS_HANDSHAKING || dtls->role != PEAL_DTLS_ACTIVE ||
      !peal_dtls_context_may_pass (dtls->ssl) || ++dtls->tries >= TRIES)
    return FALSE;
  peal_dtls_handshake_drop (dtls);
  peal_timer_set (dtls->channel.loop, &dtls->retransmit,
                  peal_loop_now (dtls->channel.loop) + (TRY_AGAIN << dtls->tries), go_again, dtls);
  return TRUE;
}

/* Goes on for as long as OpenSSL can with what is there. @result is that of its last call. */
static void
settle (PealDtls *dtls, int result)
{
  switch (SSL_get_error (dtls->ssl, result)) {
  case SSL_ERROR_WANT_READ:
  case SSL_ERROR_WANT_WRITE:
    arm_retransmit (dtls);
    break;
  case SSL_ERROR_ZERO_RETURN:
    peal_dtls_handshake_end (dtls, NULL);
    break;
  default:
    if (!try_again (dtls))
      peal_dtls_handshake_end (dtls, peal_dtls_context_explain (dtls->ssl));
  }
}

static void
step (PealDtls *dtls)
{
  guint8 data[LARGEST_RECORD];
  int result;

  ERR_clear_error ();
  if (dtls->stage == PEAL_DTLS_HANDSHAKING) {
    result = SSL_do_handshake (dtls->ssl);
    if (result != 1) {
      settle (dtls, result);
      peal_dtls_handshake_tell_keys (dtls);
      return;
    }
    enter (dtls, PEAL_DTLS_UNPROVEN);
    if (dtls->expected)
      peal_dtls_handshake_prove (dtls);
  }
  /* Also before the peer is proved: a last flight of ours that got lost is asked for here. */
  while (dtls->stage == PEAL_DTLS_UNPROVEN || dtls->stage == PEAL_DTLS_SECURED) {
    result = SSL_read (dtls->ssl, data, sizeof data);
    if (result <= 0) {
      settle (dtls, result);
      return;
    }
    take_data (dtls, data, (gsize) result);
  }
}

static void
time_out (gpointer user)
{
  PealDtls *dtls = user;

  ERR_clear_error ();
  if (DTLSv1_handle_timeout (dtls->ssl) < 0)
    peal_dtls_handshake_end (dtls, peal_dtls_context_explain (dtls->ssl));
  else
    arm_retransmit (dtls);
}

void
peal_dtls_handshake_begin (PealDtls *dtls, PealDtlsRole role)
{
  dtls->role = role;
  dtls->port = (PealDtlsPort) {
    .take = take, .put = put, .trusts = trusts, .extended = extended, .user = dtls
  };
  dtls->ssl = peal_dtls_context_open (&dtls->port, dtls->channel.below->mtu, dtls->srtp);
  if (role == PEAL_DTLS_ACTIVE)
    SSL_set_connect_state (dtls->ssl);
  else
    SSL_set_accept_state (dtls->ssl);
  dtls->begun = peal_loop_now (dtls->channel.loop);
  enter (dtls, PEAL_DTLS_HANDSHAKING);
  peal_dtls_handshake_arm (dtls);
}

void
peal_dtls_handshake_feed (PealDtls *dtls, const guint8 *data, gsize length)
{
  dtls->heard = TRUE;
  dtls->incoming = data;
  dtls->incoming_length = length;
  step (dtls);
  dtls->incoming = NULL;
}

void
peal_dtls_handshake_go (PealDtls *dtls)
{
  if (dtls->channel.below->state != PEAL_CHANNEL_OPEN)
    return;
  if (dtls->stage == PEAL_DTLS_IDLE && dtls->told_role && dtls->role == PEAL_DTLS_ACTIVE) {
    peal_dtls_handshake_begin (dtls, PEAL_DTLS_ACTIVE);
    step (dtls);
  }
  peal_dtls_handshake_arm (dtls);
}
