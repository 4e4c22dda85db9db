/* What a transport tells the peer (XEP-0176 §5.4, XEP-0320 §3), and what the peer told. */
// SPDX-License-Identifier: MIT
#include "transport/ice_udp_inner.h"

#include <string.h>

#define MAX_CREDENTIAL 256 /* RFC 8445 §5.3 */

gboolean
peal_ice_description_may_tell (const PealTransport *transport, const PealCandidate *candidate)
{
  return !transport->hidden || candidate->type == PEAL_CANDIDATE_RELAY;
}

typedef struct {
  PealTransport *transport;
  PealFingerprint *fingerprint;
} Asking;

static void
ask_fingerprint (gpointer user)
{
  Asking *asking = user;

  asking->fingerprint = peal_secure_describe (asking->transport->secure);
}

static void
add_candidates (const PealTransport *transport, const GPtrArray *from, PealIceTransport *into)
{
  for (guint i = 0; i < from->len; i++) {
    const PealCandidate *candidate = from->pdata[i];
    if (!peal_ice_description_may_tell (transport, candidate))
      continue;
    PealCandidate *copy = peal_element_copy (&peal_candidate_element, candidate);
    if (transport->hidden || transport->relay_only)
      peal_candidate_blank (copy);
    if (!into->candidates)
      into->candidates = g_ptr_array_new ();
    g_ptr_array_add (into->candidates, copy);
  }
}

static void
move_told (PealTransport *transport)
{
  for (guint i = 0; i < transport->untold->len;)
    if (peal_ice_description_may_tell (transport, transport->untold->pdata[i]))
      g_ptr_array_add (transport->told, g_ptr_array_steal_index (transport->untold, i));
    else
      i++;
}

gpointer
peal_ice_description_make (PealTransport *transport, gboolean all)
{
  g_autoptr(PealIceTransport) told = peal_element_new (&peal_ice_transport_element);

  transport->announced = FALSE;
  if (!transport->ufrag)
    return NULL;
  if (all) {
    add_candidates (transport, transport->told, told);
    Asking asking = { transport, NULL };
    peal_loop_call (transport->loop, ask_fingerprint, &asking);
    if (asking.fingerprint) {
      told->fingerprints = g_ptr_array_new ();
      g_ptr_array_add (told->fingerprints, asking.fingerprint);
    }
  }
  add_candidates (transport, transport->untold, told);
  move_told (transport);
  if (!all && !told->candidates && !transport->renewed)
    return NULL;
  transport->renewed = FALSE;
  told->ufrag = g_strdup (transport->ufrag);
  told->pwd = g_strdup (transport->pwd);
  return g_steal_pointer (&told);
}

static gboolean
check_credentials (const PealIceTransport *remote, GError **error)
{
  const char *const both[] = { remote->ufrag, remote->pwd };

  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    if (both[i] && (*both[i] == '\0' || strlen (both[i]) > MAX_CREDENTIAL)) {
      g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_NO_PATH,
                   "the peer's ICE %s has %zu bytes: not in 1..%d", i ? "password" : "ufrag",
                   strlen (both[i]), MAX_CREDENTIAL);
      return FALSE;
    }
  return TRUE;
}

gboolean
peal_ice_description_judge (const PealTransportSetup *setup, gconstpointer value, GError **error)
{
  const PealIceTransport *remote = value;

  if (!remote->ufrag || !remote->pwd) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_NO_PATH,
                 "the peer's transport has no ICE ufrag and password");
    return FALSE;
  }
  if (setup->encryption == PEAL_ENCRYPTION_REQUIRED && !remote->fingerprints) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY,
                 "the peer offers no encryption (no DTLS fingerprint); --encryption preferred "
                 "would take it");
    return FALSE;
  }
  return check_credentials (remote, error);
}

gboolean
peal_ice_description_same (gconstpointer value, gconstpointer later_value)
{
  const PealIceTransport *former = value, *later = later_value;

  return !later->ufrag || g_strcmp0 (former->ufrag, later->ufrag) == 0;
}

guint
peal_ice_description_components (gconstpointer value)
{
  const GPtrArray *candidates = ((const PealIceTransport *) value)->candidates;
  guint highest = 1;

  for (guint i = 0; candidates && i < candidates->len; i++)
    highest = MAX (highest, ((const PealCandidate *) candidates->pdata[i])->component);
  return highest;
}

typedef struct {
  PealTransport *transport;
  const PealIceTransport *remote;
  gboolean fine;
  GError **error;
} Applying;

static void
apply_on_loop (gpointer user)
{
  Applying *applying = user;
  PealTransport *transport = applying->transport;

  applying->fine =
      peal_secure_apply (transport->secure, applying->remote->fingerprints, applying->error);
  if (!applying->fine)
    return;
  peal_ice_agent_apply (transport->agent,
                        peal_element_copy (&peal_ice_transport_element, applying->remote));
}

gboolean
peal_ice_description_apply (PealTransport *transport, gconstpointer value, GError **error)
{
  const PealIceTransport *remote = value;
  Applying applying = { transport, remote, FALSE, error };

  if (!check_credentials (remote, error))
    return FALSE;
  transport->has_remote = transport->has_remote || (remote->ufrag && remote->pwd);
  peal_loop_call (transport->loop, apply_on_loop, &applying);
  return applying.fine;
}

static void
settle_on_loop (gpointer user)
{
  Applying *applying = user;

  applying->fine = peal_secure_settle (applying->transport->secure, applying->error);
}

gboolean
peal_ice_description_settle (PealTransport *transport, GError **error)
{
  Applying applying = { transport, NULL, FALSE, error };

  if (!transport->has_remote) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_NO_PATH,
                 "the peer's answer has no ICE ufrag and password");
    return FALSE;
  }
  peal_loop_call (transport->loop, settle_on_loop, &applying);
  return applying.fine;
}
