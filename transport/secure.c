/* The encrypted part of a transport: builds demux, DTLS, SRTP and lanes over a bottom channel. */
// SPDX-License-Identifier: MIT
#include "transport/secure.h"

#include "signaling/event.h"
#include "transport/demux.h"
#include "transport/dtls.h"
#include "transport/fingerprint.h"
#include "transport/lanes.h"

#include <openssl/crypto.h>

/* From the path to a fingerprint, for whoever never calls settle: longer than it may ring. */
#define ANSWER_PATIENCE (60 * G_USEC_PER_SEC)

/* Whether the path is encrypted. Only signaling decides, and only once. */
typedef enum { UNDECIDED = 0, ENCRYPTED, PLAIN } Decision;

/* One component of the path. */
typedef struct {
  PealSecure *secure;
  PealLane carries;  /* RTP, or RTCP for component 2 */
  PealChannel *dtls; /* owned; NULL where it is plain or the data lane's carrier */
  PealChannel *rtp;  /* owned: the demux's branch until it is decided what it becomes */
  PealChannel *srtp; /* owned by lanes */
} Leg;

struct PealSecure {
  PealSecureSetup setup;
  const PealSecureEvents *events;
  gpointer user;
  PealSecureState state;
  Decision decision;
  Leg legs[2];
  guint n_legs;
  PealLanes *lanes;
  GArray *expected; /* of PealDigest; NULL until the peer told */
  PealSetup remote_setup;
  PealTimer patience;
  gint64 at;
};

static void
enter (PealSecure *secure, PealSecureState state, const GError *why)
{
  static const char *const words[] = { "opening", "connected", "failed" };

  if (state <= secure->state)
    return;
  g_debug ("secure: %s -> %s", words[secure->state], words[state]);
  secure->state = state;
  peal_timer_clear (&secure->patience);
  if (state == PEAL_SECURE_CONNECTED)
    secure->at = g_get_monotonic_time ();
  else
    peal_lanes_fail (secure->lanes, why);
  secure->events->state (secure->user, state, why);
}

/* --- what the parts below say --- */

/* Only the first component decides: without its RTCP a call still works. Lanes for SRTP open when
 * we may speak, which may be before the peer is proved: there the handshake's end counts. */
static void
lanes_state (gpointer user, PealLane carrier, PealChannelState state, const GError *why)
{
  PealSecure *secure = user;
  gboolean srtp = secure->decision == ENCRYPTED && secure->setup.flow == PEAL_FLOW_DATAGRAM;

  if (carrier == PEAL_LANE_RTCP)
    return;
  if (state == PEAL_CHANNEL_OPEN && !srtp)
    enter (secure, PEAL_SECURE_CONNECTED, NULL);
  else if (state == PEAL_CHANNEL_CLOSED && why)
    enter (secure, PEAL_SECURE_FAILED, why);
}

static const PealLanesEvents lanes_events = { .state = lanes_state };

static void
begin_to_speak (gpointer user)
{
  Leg *leg = user;
  PealSrtpKeys keys;
  g_autoptr(GError) error = NULL;

  if (!peal_dtls_export (leg->dtls, &keys))
    g_set_error (&error, PEAL_CAUSE, PEAL_CAUSE_INTERNAL, "OpenSSL exports no keys for SRTP");
  else
    peal_srtp_set_keys (leg->srtp, &keys, &error);
  OPENSSL_cleanse (&keys, sizeof keys);
  if (error)
    enter (leg->secure, PEAL_SECURE_FAILED, error);
}

static void
begin_to_hear (Leg *leg)
{
  if (leg->secure->state == PEAL_SECURE_FAILED)
    return;
  peal_srtp_let_in (leg->srtp);
  if (leg->carries == PEAL_LANE_RTP)
    enter (leg->secure, PEAL_SECURE_CONNECTED, NULL);
}

/* A close_notify ends nothing: it often overtakes the session-terminate that says why. */
static void
dtls_state (gpointer user, PealChannelState state, const GError *why)
{
  Leg *leg = user;
  gboolean matters =
      leg->carries == PEAL_LANE_RTP || g_error_matches (why, PEAL_CAUSE, PEAL_CAUSE_SECURITY);

  if (state == PEAL_CHANNEL_OPEN)
    begin_to_hear (leg);
  else if (state == PEAL_CHANNEL_CLOSED && why && matters)
    enter (leg->secure, PEAL_SECURE_FAILED, why);
}

static const PealChannelEvents dtls_events = { .state = dtls_state };

static void
no_answer (gpointer user)
{
  PealSecure *secure = user;
  g_autoptr(GError) error = NULL;

  if (!peal_secure_settle (secure, &error))
    enter (secure, PEAL_SECURE_FAILED, error);
}

/* The path, while it is undecided what will run over it. */
static void
path_state (gpointer user, PealChannelState state, const GError *why)
{
  Leg *leg = user;
  PealSecure *secure = leg->secure;

  if (leg->carries != PEAL_LANE_RTP)
    return;
  if (state == PEAL_CHANNEL_CLOSED && why)
    enter (secure, PEAL_SECURE_FAILED, why);
  else if (state == PEAL_CHANNEL_OPEN && secure->decision == UNDECIDED)
    peal_timer_set (secure->setup.loop, &secure->patience,
                    peal_loop_now (secure->setup.loop) + ANSWER_PATIENCE, no_answer, secure);
}

static const PealChannelEvents path_events = { .state = path_state };

/* --- what runs over the path --- */

/* RFC 5763 §5: whoever offered actpass leaves the choice to the answer. A missing role in an offer
 * counts as actpass, in an answer as active: what everybody who writes it chooses. */
static PealDtlsRole
role_of (const PealSecure *secure)
{
  if (secure->setup.initiator)
    return secure->remote_setup == PEAL_SETUP_PASSIVE ? PEAL_DTLS_ACTIVE : PEAL_DTLS_PASSIVE;
  return secure->remote_setup == PEAL_SETUP_ACTIVE ? PEAL_DTLS_PASSIVE : PEAL_DTLS_ACTIVE;
}

static void
go_encrypted (PealSecure *secure)
{
  secure->decision = ENCRYPTED;
  peal_timer_clear (&secure->patience);
  for (guint i = 0; i < secure->n_legs; i++) {
    Leg *leg = &secure->legs[i];
    PealChannel *dtls = leg->dtls;

    if (secure->setup.flow == PEAL_FLOW_BYTES) {
      peal_lanes_attach (secure->lanes, PEAL_LANE_DATA, g_steal_pointer (&leg->dtls));
    } else {
      leg->srtp = peal_srtp_new (g_steal_pointer (&leg->rtp));
      peal_lanes_attach (secure->lanes, leg->carries, leg->srtp);
      peal_dtls_on_keys (dtls, begin_to_speak, leg);
      peal_channel_listen (dtls, &dtls_events, leg);
    }
    peal_dtls_start (dtls, role_of (secure));
    peal_dtls_expect (dtls, secure->expected);
  }
}

static void
go_plain (PealSecure *secure)
{
  secure->decision = PLAIN;
  peal_timer_clear (&secure->patience);
  for (guint i = 0; i < secure->n_legs; i++) {
    Leg *leg = &secure->legs[i];
    peal_channel_free (g_steal_pointer (&leg->dtls));
    peal_lanes_attach (secure->lanes, leg->carries, g_steal_pointer (&leg->rtp));
  }
}

/* --- making --- */

void
peal_secure_warm_up (void)
{
  peal_dtls_warm_up ();
  peal_srtp_warm_up ();
}

static void
build_leg (PealSecure *secure, PealChannel *bottom, PealLane carries)
{
  gboolean bytes = secure->setup.flow == PEAL_FLOW_BYTES;
  Leg *leg = &secure->legs[secure->n_legs++];
  PealChannel *branches[PEAL_N_BRANCHES];

  peal_demux_new (bottom, branches);
  *leg = (Leg) { .secure = secure, .carries = carries, .rtp = branches[PEAL_DEMUX_RTP] };
  leg->dtls = peal_dtls_new (branches[PEAL_DEMUX_DTLS], !bytes);
}

PealSecure *
peal_secure_new (PealChannel *rtp, PealChannel *rtcp, const PealSecureSetup *setup,
                 const PealSecureEvents *events, gpointer user)
{
  PealSecure *secure = g_new0 (PealSecure, 1);

  g_assert (peal_loop_is_current (setup->loop) && (setup->flow == PEAL_FLOW_DATAGRAM || !rtcp));
  secure->setup = *setup;
  secure->events = events;
  secure->user = user;
  secure->lanes = peal_lanes_new (setup->loop, rtcp != NULL, &lanes_events, secure);
  build_leg (secure, rtp, PEAL_LANE_RTP);
  if (rtcp)
    build_leg (secure, rtcp, PEAL_LANE_RTCP);

  if (setup->flow == PEAL_FLOW_DATAGRAM && setup->encryption == PEAL_ENCRYPTION_NONE)
    go_plain (secure);
  else
    for (guint i = 0; i < secure->n_legs; i++)
      peal_channel_listen (secure->legs[i].rtp, &path_events, &secure->legs[i]);
  return secure;
}

void
peal_secure_free (PealSecure *secure)
{
  if (!secure)
    return;
  g_assert (peal_loop_is_current (secure->setup.loop));
  peal_timer_clear (&secure->patience);
  peal_lanes_free (secure->lanes);
  for (guint i = 0; i < secure->n_legs; i++) {
    peal_channel_free (secure->legs[i].rtp);
    peal_channel_free (secure->legs[i].dtls);
  }
  g_clear_pointer (&secure->expected, g_array_unref);
  g_free (secure);
}

/* --- signaling --- */

PealFingerprint *
peal_secure_describe (PealSecure *secure)
{
  if (secure->decision == PLAIN)
    return NULL;
  if (secure->setup.initiator)
    return peal_fingerprint_own (PEAL_SETUP_ACTPASS);
  return peal_fingerprint_own (role_of (secure) == PEAL_DTLS_ACTIVE ? PEAL_SETUP_ACTIVE
                                                                    : PEAL_SETUP_PASSIVE);
}

gboolean
peal_secure_settle (PealSecure *secure, GError **error)
{
  gboolean may_be_plain = secure->setup.flow == PEAL_FLOW_DATAGRAM &&
                          secure->setup.encryption == PEAL_ENCRYPTION_PREFERRED;

  if (secure->decision != UNDECIDED || secure->state == PEAL_SECURE_FAILED)
    return TRUE;
  if (may_be_plain) {
    go_plain (secure);
    return TRUE;
  }
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY,
               "the other side offers no end-to-end encryption (no DTLS fingerprint)%s",
               secure->setup.flow == PEAL_FLOW_DATAGRAM
                   ? "; --encryption none would take the call unencrypted"
                   : "");
  return FALSE;
}

gboolean
peal_secure_apply (PealSecure *secure, const GPtrArray *fingerprints, GError **error)
{
  if (secure->decision == PLAIN)
    return TRUE;
  if (!fingerprints || !fingerprints->len) /* a trickled candidate, or an offer without */
    return secure->expected || secure->setup.initiator || peal_secure_settle (secure, error);

  g_autoptr(GArray) digests = peal_fingerprint_parse (fingerprints, error);
  if (!digests)
    return FALSE;
  if (secure->expected) {
    if (peal_fingerprint_equal (secure->expected, digests))
      return TRUE;
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY,
                 "the other side changed its fingerprint during the session");
    return FALSE;
  }
  secure->expected = g_steal_pointer (&digests);
  secure->remote_setup = ((const PealFingerprint *) fingerprints->pdata[0])->setup;
  if (secure->state != PEAL_SECURE_FAILED)
    go_encrypted (secure);
  return TRUE;
}

/* --- what came of it --- */

PealChannel *
peal_secure_lane (PealSecure *secure, const char *content, PealLane lane)
{
  return peal_lanes_get (secure->lanes, content, lane);
}

void
peal_secure_hint (PealSecure *secure, const char *content, const PealLaneHints *hints)
{
  peal_lanes_hint (secure->lanes, content, hints);
}

PealSecureState
peal_secure_state (PealSecure *secure)
{
  return secure->state;
}

const char *
peal_secure_encryption (PealSecure *secure)
{
  if (secure->decision == UNDECIDED)
    return NULL;
  if (secure->decision == PLAIN)
    return "none";
  return secure->setup.flow == PEAL_FLOW_BYTES ? "dtls-sctp" : "dtls-srtp";
}

gint64
peal_secure_at (PealSecure *secure)
{
  return secure->at;
}
