/* DTLS 1.2 (RFC 6347) as a filter: application data in clear above, records below. */
// SPDX-License-Identifier: MIT
#include "transport/dtls.h"

#include "signaling/event.h"
#include "transport/dtls_clear.h"
#include "transport/dtls_context.h"
#include "transport/fingerprint.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define OVERHEAD       37 /* of a record with AES-GCM: header 13, nonce 8, tag 16 */
#define LARGEST_RECORD 16384
#define HEARSAY        (500 * 1000) /* µs without another word, then an alert in clear is believed */
#define START_OVER     (20 * 1000) /* µs between two handshakes that a flood can make us begin */
#define TRIES          4           /* of a client whose handshake broke, */
#define TRY_AGAIN      (50 * 1000) /* each after a longer pause, µs: what was on its way may pass */

typedef enum {
  IDLE = 0,
  HANDSHAKING,
  UNPROVEN, /* handshake done, the peer's fingerprint not told yet; no deadline: the session has its
               own */
  SECURED,
  ENDED,
  N_STAGES,
} Stage;

static const char *const stage_words[N_STAGES] = { "idle", "handshaking", "unproven", "secured",
                                                   "ended" };

typedef struct {
  PealChannel channel;
  Stage stage;
  gboolean srtp;
  gboolean heard; /* anything at all, since the handshake began */
  gboolean told_role;
  PealDtlsRole role;
  GArray *expected; /* of PealDigest; NULL until told */
  PealDtlsPort port;
  SSL *ssl;
  const guint8 *incoming; /* what the BIO reads next; NULL once taken */
  gsize incoming_length;
  GQueue held; /* of GBytes: application data before the peer was proved */
  PealTimer retransmit, deadline;
  GBytes *alert; /* that came in clear, and may be a lie; NULL: none */
  PealTimer hearsay;
  guint8 random[PEAL_DTLS_RANDOM]; /* of the ClientHello that is being answered, if @has_random */
  gboolean has_random;
  gint64 begun; /* loop's time */
  guint tries;
} Dtls;

static void
enter (Dtls *dtls, Stage stage)
{
  g_debug ("dtls: %s -> %s", stage_words[dtls->stage], stage_words[stage]);
  dtls->stage = stage;
}

static void
end (Dtls *dtls, GError *why)
{
  g_autoptr(GError) error = why;

  enter (dtls, ENDED);
  peal_timer_clear (&dtls->retransmit);
  peal_timer_clear (&dtls->deadline);
  peal_timer_clear (&dtls->hearsay);
  peal_channel_enter (&dtls->channel, PEAL_CHANNEL_CLOSED, error);
}

/* --- what OpenSSL asks --- */

static gboolean
take (gpointer user, const guint8 **data, gsize *length)
{
  Dtls *dtls = user;

  *data = g_steal_pointer (&dtls->incoming);
  *length = dtls->incoming_length;
  return *data != NULL;
}

/* What the path does not take is lost, and sent again in time. */
static void
put (gpointer user, const guint8 *data, gsize length)
{
  Dtls *dtls = user;

  peal_channel_send (dtls->channel.below, &(PealDatagram) { data, length }, 1);
}

/* Any certificate while signaling has not told of one; a wrong one gets an alert at once. */
static gboolean
trusts (gpointer user, const X509 *certificate)
{
  Dtls *dtls = user;

  return !dtls->expected || peal_fingerprint_match (dtls->expected, certificate);
}

/* --- the handshake --- */

static void
give_up (gpointer user)
{
  Dtls *dtls = user;
  guint seconds = PEAL_DTLS_PATIENCE / G_USEC_PER_SEC;

  end (dtls,
       dtls->heard
           ? g_error_new (PEAL_CAUSE, PEAL_CAUSE_SECURITY,
                          "the DTLS handshake did not end within %u s", seconds)
           : g_error_new (PEAL_CAUSE, PEAL_CAUSE_NO_PATH,
                          "no answer to the DTLS handshake within %u s although a path was found",
                          seconds));
}

/* The patience begins when nothing is missing on our side. */
static void
arm_deadline (Dtls *dtls)
{
  gboolean ready = dtls->channel.below->state == PEAL_CHANNEL_OPEN && dtls->expected &&
                   (dtls->told_role || dtls->stage == HANDSHAKING);

  if (ready && dtls->stage <= HANDSHAKING && !dtls->deadline.due)
    peal_timer_set (dtls->channel.loop, &dtls->deadline,
                    peal_loop_now (dtls->channel.loop) + PEAL_DTLS_PATIENCE, give_up, dtls);
}

/* Opens if the peer is who signaling said it is, and agreed on what we need. */
static void
prove (Dtls *dtls)
{
  const X509 *certificate = SSL_get0_peer_certificate (dtls->ssl);
  GError *why = NULL;

  if (!certificate || !peal_fingerprint_match (dtls->expected, certificate))
    why = peal_dtls_context_stranger ();
  else if (dtls->srtp && !SSL_get_selected_srtp_profile (dtls->ssl))
    why = g_error_new (
        PEAL_CAUSE, PEAL_CAUSE_SECURITY,
        "the other side agreed on no SRTP cipher: it has none of " PEAL_DTLS_SRTP_PROFILES);
  if (why) {
    SSL_shutdown (dtls->ssl);
    end (dtls, why);
    return;
  }

  enter (dtls, SECURED);
  peal_timer_clear (&dtls->deadline);
  peal_channel_enter (&dtls->channel, PEAL_CHANNEL_OPEN, NULL);
  for (GBytes *held; (held = g_queue_pop_head (&dtls->held)); g_bytes_unref (held))
    peal_channel_deliver (&dtls->channel, g_bytes_get_data (held, NULL), g_bytes_get_size (held));
}

static void
take_data (Dtls *dtls, const guint8 *data, gsize length)
{
  if (dtls->stage == SECURED)
    peal_channel_deliver (&dtls->channel, data, length);
  else if (dtls->held.length < PEAL_CHANNEL_EARLY)
    g_queue_push_tail (&dtls->held, g_bytes_new (data, length));
  else
    dtls->channel.dropped++;
}

static void time_out (gpointer user);

static void
arm_retransmit (Dtls *dtls)
{
  struct timeval left;

  if (DTLSv1_get_timeout (dtls->ssl, &left))
    peal_timer_set (dtls->channel.loop, &dtls->retransmit,
                    g_get_monotonic_time () + left.tv_sec * G_USEC_PER_SEC + left.tv_usec, time_out,
                    dtls);
  else
    peal_timer_clear (&dtls->retransmit);
}

static void go (Dtls *dtls);

static void
go_again (gpointer user)
{
  go (user);
}

static void
drop_handshake (Dtls *dtls)
{
  g_clear_pointer (&dtls->ssl, SSL_free);
  g_clear_pointer (&dtls->alert, g_bytes_unref);
  peal_timer_clear (&dtls->hearsay);
  peal_timer_clear (&dtls->retransmit);
  enter (dtls, IDLE);
}

/* A client whose handshake broke, although the peer neither complained nor was a stranger: perhaps
 * over what a forged ClientHello made the peer say. With a fresh one the peer starts over as well.
 */
static gboolean
try_again (Dtls *dtls)
{
  if (dtls->stage != HANDSHAKING || dtls->role != PEAL_DTLS_ACTIVE ||
      !peal_dtls_context_may_pass (dtls->ssl) || ++dtls->tries >= TRIES)
    return FALSE;
  drop_handshake (dtls);
  peal_timer_set (dtls->channel.loop, &dtls->retransmit,
                  peal_loop_now (dtls->channel.loop) + (TRY_AGAIN << dtls->tries), go_again, dtls);
  return TRUE;
}

/* Goes on for as long as OpenSSL can with what is there. @result is that of its last call. */
static void
settle (Dtls *dtls, int result)
{
  switch (SSL_get_error (dtls->ssl, result)) {
  case SSL_ERROR_WANT_READ:
  case SSL_ERROR_WANT_WRITE:
    arm_retransmit (dtls);
    break;
  case SSL_ERROR_ZERO_RETURN:
    end (dtls, NULL);
    break;
  default:
    if (!try_again (dtls))
      end (dtls, peal_dtls_context_explain (dtls->ssl));
  }
}

static void
step (Dtls *dtls)
{
  guint8 data[LARGEST_RECORD];
  int result;

  ERR_clear_error ();
  if (dtls->stage == HANDSHAKING) {
    result = SSL_do_handshake (dtls->ssl);
    if (result != 1) {
      settle (dtls, result);
      return;
    }
    enter (dtls, UNPROVEN);
    if (dtls->expected)
      prove (dtls);
  }
  /* Also before the peer is proved: a last flight of ours that got lost is asked for here. */
  while (dtls->stage == UNPROVEN || dtls->stage == SECURED) {
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
  Dtls *dtls = user;

  ERR_clear_error ();
  if (DTLSv1_handle_timeout (dtls->ssl) < 0)
    end (dtls, peal_dtls_context_explain (dtls->ssl));
  else
    arm_retransmit (dtls);
}

static void
begin (Dtls *dtls, PealDtlsRole role)
{
  dtls->role = role;
  dtls->port = (PealDtlsPort) { .take = take, .put = put, .trusts = trusts, .user = dtls };
  dtls->ssl = peal_dtls_context_open (&dtls->port, dtls->channel.below->mtu, dtls->srtp);
  if (role == PEAL_DTLS_ACTIVE)
    SSL_set_connect_state (dtls->ssl);
  else
    SSL_set_accept_state (dtls->ssl);
  dtls->begun = peal_loop_now (dtls->channel.loop);
  enter (dtls, HANDSHAKING);
  arm_deadline (dtls);
}

/* --- below --- */

static void
feed (Dtls *dtls, const guint8 *data, gsize length)
{
  dtls->heard = TRUE;
  dtls->incoming = data;
  dtls->incoming_length = length;
  step (dtls);
  dtls->incoming = NULL;
}

static void
believe_alert (gpointer user)
{
  Dtls *dtls = user;
  g_autoptr(GBytes) alert = g_steal_pointer (&dtls->alert);
  gsize length;
  const guint8 *data = g_bytes_get_data (alert, &length);

  if (dtls->stage == HANDSHAKING)
    feed (dtls, data, length);
}

/* RFC 6347 §4.1.2.7: alerts can be forged. Whoever means one says nothing more. */
static void
wait_for_more (Dtls *dtls)
{
  if (dtls->alert && dtls->stage == HANDSHAKING)
    peal_timer_set (dtls->channel.loop, &dtls->hearsay,
                    peal_loop_now (dtls->channel.loop) + HEARSAY, believe_alert, dtls);
}

static void
doubt_alert (Dtls *dtls, const guint8 *data, gsize length)
{
  if (dtls->alert)
    return;
  dtls->alert = g_bytes_new (data, length);
  wait_for_more (dtls);
}

/* Nothing but our own first flight followed the ClientHello that we answer. */
static gboolean
is_unanswered (const Dtls *dtls)
{
  OSSL_HANDSHAKE_STATE state = SSL_get_state (dtls->ssl);

  return state == TLS_ST_BEFORE || state == TLS_ST_SR_CLNT_HELLO || state == TLS_ST_SW_SRVR_DONE;
}

/* A forged ClientHello must not keep the peer's own from being answered, nor a flood of them us
 * busy: another one is taken in its place as long as nobody went on with the first, fifty times a
 * second at most. FALSE: it is none of the handshake under way. */
static gboolean
is_our_hello (Dtls *dtls, const guint8 *data, gsize length)
{
  const guint8 *random = peal_dtls_clear_random (data, length);
  gint64 now = peal_loop_now (dtls->channel.loop);

  if (!random)
    return TRUE; /* another fragment */
  if (dtls->has_random && memcmp (dtls->random, random, PEAL_DTLS_RANDOM) != 0) {
    if (now - dtls->begun < START_OVER || !is_unanswered (dtls))
      return FALSE;
    drop_handshake (dtls);
    begin (dtls, PEAL_DTLS_PASSIVE);
  }
  memcpy (dtls->random, random, PEAL_DTLS_RANDOM);
  return dtls->has_random = TRUE;
}

/* What may be a part of the handshake under way. */
static gboolean
is_plausible (Dtls *dtls, const guint8 *data, gsize length)
{
  return peal_dtls_clear_is_for (data, length, dtls->role == PEAL_DTLS_PASSIVE) &&
         (!peal_dtls_clear_is_hello (data, length) || is_our_hello (dtls, data, length));
}

static void
below_datagram (gpointer user, const guint8 *data, gsize length)
{
  Dtls *dtls = user;
  gboolean passive = !dtls->told_role || dtls->role == PEAL_DTLS_PASSIVE;

  if (dtls->stage == IDLE && passive && peal_dtls_clear_is_hello (data, length))
    begin (dtls, PEAL_DTLS_PASSIVE);
  if (dtls->stage == IDLE || dtls->stage == ENDED ||
      (dtls->stage == HANDSHAKING && !is_plausible (dtls, data, length))) {
    dtls->channel.dropped++;
    return;
  }
  if (dtls->stage == HANDSHAKING && peal_dtls_clear_is_alert (data, length)) {
    doubt_alert (dtls, data, length);
    return;
  }
  wait_for_more (dtls);
  feed (dtls, data, length);
}

static void
go (Dtls *dtls)
{
  if (dtls->channel.below->state != PEAL_CHANNEL_OPEN)
    return;
  if (dtls->stage == IDLE && dtls->told_role && dtls->role == PEAL_DTLS_ACTIVE) {
    begin (dtls, PEAL_DTLS_ACTIVE);
    step (dtls);
  }
  arm_deadline (dtls);
}

static void
below_state (gpointer user, PealChannelState state, const GError *why)
{
  Dtls *dtls = user;

  if (state == PEAL_CHANNEL_OPEN)
    go (dtls);
  else if (state == PEAL_CHANNEL_CLOSED && dtls->stage != ENDED)
    end (dtls, why ? g_error_copy (why) : NULL);
}

static const PealChannelEvents below_events = { .state = below_state, .datagram = below_datagram };

/* --- above --- */

static guint
dtls_send (PealChannel *channel, const PealDatagram *datagrams, guint n)
{
  Dtls *dtls = (Dtls *) channel;

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
  g_autofree Dtls *dtls = (Dtls *) channel;

  if (dtls->stage == SECURED || dtls->stage == UNPROVEN)
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
  Dtls *dtls = g_new0 (Dtls, 1);

  peal_channel_init (&dtls->channel, &dtls_class, below->loop, below);
  dtls->channel.mtu = below->mtu - OVERHEAD;
  dtls->srtp = srtp;
  g_queue_init (&dtls->held);
  peal_channel_listen (below, &below_events, dtls);
  return &dtls->channel;
}

static Dtls *
dtls_of (PealChannel *channel)
{
  g_assert (channel->class_ == &dtls_class);
  return (Dtls *) channel;
}

void
peal_dtls_start (PealChannel *channel, PealDtlsRole role)
{
  Dtls *dtls = dtls_of (channel);
  gboolean deceived =
      dtls->stage == HANDSHAKING && role == PEAL_DTLS_ACTIVE && is_unanswered (dtls);

  if (deceived) /* the peer waits for our ClientHello: the one that came was not its own */
    drop_handshake (dtls);
  if (dtls->stage != IDLE)
    return;
  dtls->told_role = TRUE;
  dtls->role = role;
  go (dtls);
}

void
peal_dtls_expect (PealChannel *channel, const GArray *digests)
{
  Dtls *dtls = dtls_of (channel);

  g_assert (!dtls->expected);
  dtls->expected = g_array_copy ((GArray *) digests);
  if (dtls->stage == UNPROVEN)
    prove (dtls);
  else
    arm_deadline (dtls);
}

gboolean
peal_dtls_export (PealChannel *channel, PealSrtpKeys *keys)
{
  static const char label[] = "EXTRACTOR-dtls_srtp";
  Dtls *dtls = dtls_of (channel);
  const SRTP_PROTECTION_PROFILE *profile =
      dtls->ssl ? SSL_get_selected_srtp_profile (dtls->ssl) : NULL;
  guint8 material[2 * PEAL_SRTP_KEY_SIZE];
  gsize key, salt;

  if (dtls->stage != SECURED || !profile || !peal_srtp_sizes (profile->id, &key, &salt) ||
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
