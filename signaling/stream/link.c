/* The link: bytes over what was reached. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/link.h"

#include <string.h>

#include "signaling/stream/dial.h"
#include "signaling/stream/failure.h"
#include "signaling/stream/identity.h"

typedef enum {
  REACHING = 1,
  OPEN,
  PARTING, /* close_notify is on its way */
  CLOSED,
  N_STATES,
} State;

static const char *const words[N_STATES] = { "", "reaching", "open", "parting", "closed" };

struct PealLink {
  guint references;             /* the owner's, and one for each operation under way */
  const PealLinkEvents *events; /* NULL once freed */
  gpointer user;
  PealTap tap;
  State state;
  PealReach *reach; /* stays, for it knows where */
  gboolean given_is_secure;
  GCancellable *cancellable;
  GIOStream *base, *stream; /* TCP; what bytes go through */
  GString *queued, *writing;
  gboolean is_writing;
  gboolean heard;        /* anything at all */
  const char *owed;      /* by the server, for sentences; static, NULL: nothing */
  char buffer[4 * 1024]; /* what an idle account holds for ever; the reader takes slices of this */
};

static PealLink *
hold (PealLink *link)
{
  link->references++;
  return link;
}

static void
release (PealLink *link)
{
  if (--link->references > 0)
    return;
  peal_reach_free (link->reach);
  g_clear_object (&link->stream);
  g_clear_object (&link->base);
  g_object_unref (link->cancellable);
  g_string_free (link->queued, TRUE);
  g_string_free (link->writing, TRUE);
  g_free (link);
}

/* The only assignment to ->state. */
static void
enter (PealLink *link, State state)
{
  peal_tap_transition (&link->tap, "link", words[link->state], words[state]);
  link->state = state;
}

/* Tells the end once. The caller's operation still holds the link, so its owner may free it here.
 */
static void
close_with (PealLink *link, const GError *why)
{
  if (link->state == CLOSED || !link->events)
    return;
  enter (link, CLOSED);
  link->events->closed (link->user, why);
}

/* @error NULL: by the other end. */
static void
broke (PealLink *link, const GError *error)
{
  g_autoptr(GError) judged =
      error && !link->heard
          ? peal_identity_judge (peal_link_where (link), peal_reach_asked (link->reach),
                                 peal_reach_certified (link->reach), error)
          : NULL;
  if (judged) {
    close_with (link, judged);
    return;
  }
  gboolean shown = !link->heard && peal_reach_certified (link->reach);
  const char *perhaps = shown ? ", or do without --certificate, which it may not take" : "";
  g_autofree char *when =
      link->owed ? g_strdup_printf (" before %s came", link->owed) : g_strdup ("");
  gboolean ended = !error || g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_EOF);
  g_autoptr(GError) why =
      ended
          ? peal_failure_new (PEAL_FAILURE_BROKEN, "%s closed the connection%s; try again later%s",
                              peal_link_where (link), when, perhaps)
          : peal_failure_new (PEAL_FAILURE_BROKEN,
                              "the connection to %s broke%s: %s; check the network%s",
                              peal_link_where (link), when, error->message, perhaps);
  close_with (link, why);
}

/* --- parting --- */

static void
on_parted (GObject *stream, GAsyncResult *result, gpointer user)
{
  PealLink *link = user;
  g_io_stream_close_finish (G_IO_STREAM (stream), result, NULL);
  close_with (link, NULL);
  release (link);
}

/* The last write may have been answered before we hear that it is done: on_written comes again. */
static void
part (PealLink *link)
{
  if (!link->is_writing && link->events)
    g_io_stream_close_async (link->stream, G_PRIORITY_DEFAULT, link->cancellable, on_parted,
                             hold (link));
}

/* --- writing --- */

static void write_more (PealLink *link);

static void
on_written (GObject *stream, GAsyncResult *result, gpointer user)
{
  PealLink *link = user;
  g_autoptr(GError) error = NULL;
  gboolean good = g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL, &error);
  link->is_writing = FALSE;
  explicit_bzero (link->writing->str, link->writing->len);
  g_string_truncate (link->writing, 0);
  peal_dial_quick (link->base);
  if (link->state == PARTING)
    part (link);
  else if (good)
    write_more (link);
  else if (link->events && link->state == OPEN)
    broke (link, error);
  release (link);
}

static void
write_more (PealLink *link)
{
  if (link->is_writing || link->state != OPEN || !link->events)
    return;
  if (link->queued->len == 0) {
    link->events->drained (link->user);
    return;
  }
  GString *next = link->queued;
  link->queued = link->writing;
  link->writing = next;
  link->is_writing = TRUE;
  g_output_stream_write_all_async (g_io_stream_get_output_stream (link->stream), link->writing->str,
                                   link->writing->len, G_PRIORITY_DEFAULT, link->cancellable,
                                   on_written, hold (link));
}

void
peal_link_owes (PealLink *link, const char *what)
{
  link->owed = what;
}

void
peal_link_write (PealLink *link, const char *bytes, gsize length)
{
  if (link->state != OPEN || length == 0)
    return;
  g_string_append_len (link->queued, bytes, length);
  write_more (link);
}

gsize
peal_link_backlog (const PealLink *link)
{
  return link->queued->len + link->writing->len;
}

/* --- reading --- */

static void read_more (PealLink *link);

static void
on_read (GObject *stream, GAsyncResult *result, gpointer user)
{
  PealLink *link = user;
  g_autoptr(GError) error = NULL;
  gssize length = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, &error);
  peal_dial_quick (link->base);
  if (link->events && link->state == OPEN && length > 0) {
    link->heard = TRUE;
    link->events->bytes (link->user, link->buffer, length);
    read_more (link);
  } else if (link->events && link->state == OPEN) {
    broke (link, error);
  }
  release (link);
}

static void
read_more (PealLink *link)
{
  if (!link->events || link->state != OPEN)
    return;
  g_input_stream_read_async (g_io_stream_get_input_stream (link->stream), link->buffer,
                             sizeof link->buffer, G_PRIORITY_DEFAULT, link->cancellable, on_read,
                             hold (link));
}

/* --- reaching the server --- */

static void
on_awaits (gpointer user, const char *what)
{
  PealLink *link = user;
  link->events->awaits (link->user, what);
}

static void
on_reached (gpointer user, GIOStream *stream, GIOStream *base)
{
  PealLink *link = hold (user);
  link->stream = g_object_ref (stream);
  link->base = g_object_ref (base);
  enter (link, OPEN);
  peal_dial_quick (base);
  link->events->open (link->user);
  read_more (link);
  release (link);
}

static void
on_failed (gpointer user, const GError *why)
{
  PealLink *link = hold (user);
  close_with (link, why);
  release (link);
}

static const PealReachEvents reach_events = { .awaits = on_awaits,
                                              .reached = on_reached,
                                              .failed = on_failed };

PealLink *
peal_link_new (const PealReachSetup *setup, const PealLinkEvents *events, gpointer user)
{
  PealLink *link = g_new0 (PealLink, 1);
  link->references = 1;
  link->events = events;
  link->user = user;
  link->tap = setup->tap;
  link->given_is_secure = setup->given && setup->given_is_secure;
  link->cancellable = g_cancellable_new ();
  link->queued = g_string_new (NULL);
  link->writing = g_string_new (NULL);
  enter (link, REACHING);
  link->reach = peal_reach_new (setup, &reach_events, link);
  return link;
}

gboolean
peal_link_expire (PealLink *link, const GError *why)
{
  return peal_reach_expire (link->reach, why);
}

gboolean
peal_link_close (PealLink *link)
{
  if (link->state != OPEN || !G_IS_TLS_CONNECTION (link->stream))
    return FALSE;
  enter (link, PARTING);
  part (link);
  return TRUE;
}

void
peal_link_free (PealLink *link)
{
  if (!link)
    return;
  link->events = NULL;
  g_clear_pointer (&link->reach, peal_reach_free);
  g_cancellable_cancel (link->cancellable);
  release (link);
}

/* --- what is known of it --- */

gboolean
peal_link_secured (const PealLink *link)
{
  return link->given_is_secure || peal_link_tls (link);
}

const char *
peal_link_tls (const PealLink *link)
{
  static const char *const names[] = {
    [G_TLS_PROTOCOL_VERSION_TLS_1_2] = "TLSv1.2",
    [G_TLS_PROTOCOL_VERSION_TLS_1_3] = "TLSv1.3",
  };
  if (link->state != OPEN || !G_IS_TLS_CONNECTION (link->stream))
    return NULL;
  guint version = g_tls_connection_get_protocol_version (G_TLS_CONNECTION (link->stream));
  return version < G_N_ELEMENTS (names) && names[version] ? names[version] : "TLS";
}

gboolean
peal_link_dumb (const PealLink *link)
{
  return link->stream && !link->heard && peal_reach_more (link->reach);
}

GBytes *
peal_link_binding (PealLink *link, PealBinding kind)
{
  static const GTlsChannelBindingType types[] = {
    [PEAL_BINDING_EXPORTER] = G_TLS_CHANNEL_BINDING_TLS_EXPORTER,
    [PEAL_BINDING_UNIQUE] = G_TLS_CHANNEL_BINDING_TLS_UNIQUE,
    [PEAL_BINDING_END_POINT] = G_TLS_CHANNEL_BINDING_TLS_SERVER_END_POINT,
  };
  g_autoptr(GByteArray) data = g_byte_array_new ();
  if (link->state != OPEN || !G_IS_TLS_CONNECTION (link->stream) ||
      !g_tls_connection_get_channel_binding_data (G_TLS_CONNECTION (link->stream), types[kind],
                                                  data, NULL) ||
      data->len == 0)
    return NULL;
  return g_byte_array_free_to_bytes (g_steal_pointer (&data));
}

gboolean
peal_link_certified (const PealLink *link)
{
  return link->state == OPEN && peal_reach_certified (link->reach);
}

const char *
peal_link_where (const PealLink *link)
{
  return peal_reach_where (link->reach);
}
