/* Dialing and encrypting, one server after the other. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/reach.h"

#include "signaling/stream/dial.h"
#include "signaling/stream/encrypt.h"
#include "signaling/stream/failure.h"

#define PATIENCE_MS 3000 /* with a server that is silent while SRV names others */

typedef enum {
  DIALING = 1,
  ENCRYPTING,
  REACHED,
  FAILED,
  N_STATES,
} State;

static const char *const words[N_STATES] = { "", "dialing", "encrypting", "reached", "failed" };

struct PealReach {
  guint references; /* the owner's, and one for each operation under way */
  PealReachSetup setup;
  char *domain, *server, *where;
  const PealReachEvents *events; /* NULL once freed */
  gpointer user;
  State state;
  GCancellable *cancellable; /* of the present target */
  GIOStream *base;
  gboolean proxied, asked, certified;
  gboolean more;     /* SRV names others than the present target */
  GPtrArray *failed; /* of char *: targets that were of no use, by PealDialed.where */
  GError *useless;   /* why the last of them was */
  GSource *patience; /* with the present target; NULL: the owner's alone */
  const char *awaits;
  GError *expired; /* the present target took too long */
};

static PealReach *
hold (PealReach *reach)
{
  reach->references++;
  return reach;
}

static void
release (PealReach *reach)
{
  if (--reach->references > 0)
    return;
  g_clear_object (&reach->base);
  g_object_unref (reach->cancellable);
  g_clear_object (&reach->setup.given);
  g_clear_object (&reach->setup.trust);
  g_clear_object (&reach->setup.certificate);
  g_clear_pointer (&reach->setup.proxy, peal_proxy_unref);
  g_clear_pointer (&reach->setup.pins, g_bytes_unref);
  g_ptr_array_unref (reach->failed);
  g_clear_error (&reach->useless);
  g_clear_error (&reach->expired);
  g_free (reach->domain);
  g_free (reach->server);
  g_free (reach->where);
  g_free (reach);
}

/* The only assignment to ->state. */
static void
enter (PealReach *reach, State state)
{
  peal_tap_transition (&reach->setup.tap, "reach", words[reach->state], words[state]);
  reach->state = state;
}

static void
awaits (gpointer user, const char *what)
{
  PealReach *reach = user;
  reach->awaits = what;
  if (reach->events)
    reach->events->awaits (reach->user, what);
}

/* --- the end: the caller's operation still holds @reach, so its owner may free it here --- */

static void
succeed (PealReach *reach, GIOStream *stream)
{
  enter (reach, REACHED);
  reach->events->reached (reach->user, stream, reach->base);
}

static void
fail (PealReach *reach, const GError *why)
{
  enter (reach, FAILED);
  reach->events->failed (reach->user, why);
}

/* --- other ways --- */

static void
stop_patience (PealReach *reach)
{
  if (!reach->patience)
    return;
  g_source_destroy (reach->patience);
  g_clear_pointer (&reach->patience, g_source_unref);
}

/* Of two failures: who said something says more than who was silent. */
static const GError *
more_telling (const GError *before, const GError *now)
{
  gboolean silent =
      g_strcmp0 (peal_cause_failure (now), peal_failure_word (PEAL_FAILURE_SILENT)) == 0;
  return before && silent ? before : now;
}

static void dial (PealReach *reach);

static void
dial_again (PealReach *reach)
{
  g_clear_pointer (&reach->where, g_free);
  g_clear_object (&reach->base);
  g_object_unref (reach->cancellable);
  reach->cancellable = g_cancellable_new ();
  dial (reach);
}

/* A server named by hand that answers a stream header with something else: perhaps it wants TLS
 * from the first byte. Tried once, unless the user said which of both. */
static gboolean
try_direct (PealReach *reach, const GError *why)
{
  if (reach->setup.tls != PEAL_TLS_BOTH || !reach->server || reach->setup.given)
    return FALSE;
  reach->setup.tls = PEAL_TLS_DIRECT;
  reach->useless = g_error_copy (why);
  dial_again (reach);
  return TRUE;
}

/* A target that took the connection and then spoke no TLS: SRV may name others. A certificate that
 * is refused, or an offer of encryption that is missing, ends it: somebody may be on the way. */
static gboolean
try_next (PealReach *reach, const GError *why)
{
  if (!reach->more || why->code != PEAL_CAUSE_CONNECT)
    return FALSE;
  GError *useless = g_error_copy (more_telling (reach->useless, why));
  g_ptr_array_add (reach->failed, g_strdup (reach->where));
  g_clear_error (&reach->useless);
  reach->useless = useless;
  dial_again (reach);
  return TRUE;
}

/* What neither way came through is said of the first: the second was a guess. */
static const GError *
most_telling (const PealReach *reach, const GError *why)
{
  gboolean guessed = reach->server && reach->useless;
  return guessed && why->code == PEAL_CAUSE_CONNECT ? reach->useless
                                                    : more_telling (reach->useless, why);
}

gboolean
peal_reach_expire (PealReach *reach, const GError *why)
{
  gboolean busy = reach->state == DIALING || reach->state == ENCRYPTING;
  if (!busy || reach->expired)
    return FALSE;
  reach->expired = g_error_copy (why);
  g_cancellable_cancel (reach->cancellable); /* on_dialed or on_encrypted goes on */
  return TRUE;
}

static gboolean
on_patience (gpointer user)
{
  PealReach *reach = user;
  g_autoptr(GError) why = peal_failure_new (
      PEAL_FAILURE_SILENT, "%s: %s did not come within %d s; check the network, or try again later",
      reach->where, reach->awaits, PATIENCE_MS / 1000);
  peal_reach_expire (reach, why);
  return G_SOURCE_REMOVE;
}

static void
start_patience (PealReach *reach)
{
  reach->patience = g_timeout_source_new (PATIENCE_MS);
  g_source_set_callback (reach->patience, on_patience, reach, NULL);
  g_source_attach (reach->patience, g_main_context_get_thread_default ());
}

/* --- TLS --- */

static void
on_encrypted (GObject *source, GAsyncResult *result, gpointer user)
{
  PealReach *reach = user;
  PealEncrypted how;
  g_autoptr(GError) error = NULL;
  g_autoptr(GIOStream) stream = peal_encrypt_finish (result, &how, &error);
  g_autoptr(GError) expired = g_steal_pointer (&reach->expired);
  const GError *why = expired ? expired : error;
  stop_patience (reach);
  reach->asked = how.asked;
  reach->certified = how.certified;
  if (reach->events && stream)
    succeed (reach, stream);
  else if (reach->events && (how.answered || expired || !try_direct (reach, why)) &&
           !try_next (reach, why))
    fail (reach, most_telling (reach, why));
  release (reach);
}

static void
encrypt (PealReach *reach, gboolean direct)
{
  PealEncryptSetup setup = {
    .base = reach->base,
    .domain = reach->domain,
    .where = reach->where,
    .direct = direct,
    .trust = reach->setup.trust,
    .pins = reach->setup.pins,
    .certificate = reach->setup.certificate,
    .tap = reach->setup.tap,
    .awaits = awaits,
    .user = reach,
  };
  enter (reach, ENCRYPTING);
  if (reach->more)
    start_patience (reach);
  peal_encrypt (&setup, reach->cancellable, on_encrypted, hold (reach));
}

/* --- TCP --- */

/* A proxy on this machine leads to another one. */
static gboolean
is_loopback (PealReach *reach)
{
  if (reach->proxied)
    return FALSE;
  g_autoptr(GSocketAddress) remote =
      G_IS_SOCKET_CONNECTION (reach->base)
          ? g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (reach->base), NULL)
          : NULL;
  if (!G_IS_INET_SOCKET_ADDRESS (remote))
    return TRUE; /* a socket pair */
  return g_inet_address_get_is_loopback (
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)));
}

static void
connected (PealReach *reach, gboolean direct)
{
  gboolean off = reach->setup.tls == PEAL_TLS_OFF;
  if (reach->setup.given && reach->setup.given_is_secure) {
    succeed (reach, reach->base);
  } else if (off && !reach->setup.insecure && !is_loopback (reach)) {
    g_autoptr(GError) why = peal_failure_new (
        PEAL_FAILURE_NO_TLS_HERE,
        "%s is another machine, and without TLS everybody on the way could read along; leave "
        "--tls off away, or add --insecure",
        reach->where);
    fail (reach, why);
  } else if (off && reach->setup.pins) {
    g_autoptr(GError) why = peal_failure_new (
        PEAL_FAILURE_CERTIFICATE_PIN,
        "without TLS %s shows no certificate to compare with --server-pin; leave --tls off away",
        reach->where);
    fail (reach, why);
  } else if (off) {
    succeed (reach, reach->base);
  } else {
    encrypt (reach, direct);
  }
}

static void
on_dialed (GObject *source, GAsyncResult *result, gpointer user)
{
  PealReach *reach = user;
  g_autoptr(GError) error = NULL;
  g_autoptr(PealDialed) dialed = peal_dial_finish (result, &error);
  g_autoptr(GError) expired = g_steal_pointer (&reach->expired);
  if (reach->events && dialed) {
    if (expired) { /* in the same moment */
      g_object_unref (reach->cancellable);
      reach->cancellable = g_cancellable_new ();
    }
    reach->base = G_IO_STREAM (g_steal_pointer (&dialed->connection));
    reach->where = g_steal_pointer (&dialed->where);
    reach->more = dialed->more;
    reach->proxied = dialed->proxied;
    connected (reach, dialed->direct);
  } else if (reach->events) { /* a server that was there says more than those that are not */
    gboolean cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    fail (reach, reach->useless ? reach->useless : cancelled ? expired : error);
  }
  release (reach);
}

static void
dial (PealReach *reach)
{
  PealDialSetup setup = {
    .domain = reach->domain,
    .server = reach->server,
    .tls = reach->setup.tls,
    .proxy = reach->setup.proxy,
    .failed = reach->failed,
    .awaits = awaits,
    .user = reach,
  };
  enter (reach, DIALING);
  peal_dial (&setup, reach->cancellable, on_dialed, hold (reach));
}

static gboolean
on_start (gpointer user)
{
  PealReach *reach = user;
  if (reach->events && reach->base)
    connected (reach, reach->setup.tls == PEAL_TLS_DIRECT);
  else if (reach->events)
    dial (reach);
  release (reach);
  return G_SOURCE_REMOVE;
}

/* From the loop, so that no event comes before peal_reach_new returned. */
static void
start (PealReach *reach)
{
  g_autoptr(GSource) source = g_idle_source_new ();
  if (reach->setup.given) {
    reach->base = g_object_ref (reach->setup.given);
    reach->where = g_strdup (reach->server ? reach->server : reach->domain);
  }
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_start, hold (reach), NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}

/* --- for the owner --- */

PealReach *
peal_reach_new (const PealReachSetup *setup, const PealReachEvents *events, gpointer user)
{
  PealReach *reach = g_new0 (PealReach, 1);
  g_autofree char *ascii = g_hostname_to_ascii (setup->domain);
  reach->references = 1;
  reach->setup = *setup;
  reach->setup.given = setup->given ? g_object_ref (setup->given) : NULL;
  reach->setup.trust = setup->trust ? g_object_ref (setup->trust) : NULL;
  reach->setup.certificate = setup->certificate ? g_object_ref (setup->certificate) : NULL;
  reach->setup.proxy = setup->proxy ? peal_proxy_ref (setup->proxy) : NULL;
  reach->setup.pins = setup->pins ? g_bytes_ref (setup->pins) : NULL;
  reach->domain = g_strdup (ascii ? ascii : setup->domain);
  reach->server = g_strdup (setup->server);
  reach->events = events;
  reach->user = user;
  reach->cancellable = g_cancellable_new ();
  reach->failed = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; setup->failed && i < setup->failed->len; i++)
    g_ptr_array_add (reach->failed, g_strdup (setup->failed->pdata[i]));
  reach->setup.failed = NULL; /* the caller's */
  start (reach);
  return reach;
}

void
peal_reach_free (PealReach *reach)
{
  if (!reach)
    return;
  reach->events = NULL;
  stop_patience (reach);
  g_cancellable_cancel (reach->cancellable);
  release (reach);
}

gboolean
peal_reach_more (const PealReach *reach)
{
  return reach->more;
}

gboolean
peal_reach_asked (const PealReach *reach)
{
  return reach->asked;
}

gboolean
peal_reach_certified (const PealReach *reach)
{
  return reach->certified;
}

const char *
peal_reach_where (const PealReach *reach)
{
  return reach->where ? reach->where : reach->server ? reach->server : reach->domain;
}
