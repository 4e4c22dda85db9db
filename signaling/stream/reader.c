/* The stream's XML reader: expat's events counted, and built into libstrophe stanzas. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/reader.h"

#include <expat.h>
#include <string.h>

#define NS_STREAMS "http://etherx.jabber.org/streams"
#define NS_XML     "http://www.w3.org/XML/1998/namespace"
#define SEPARATOR  '|' /* cannot stand in a local name; expat refuses namespaces that contain it */
#define SLICE      4096

struct PealReader {
  xmpp_ctx_t *context;
  const PealReaderEvents *events;
  gpointer user;
  XML_Parser parser;

  guint depth;     /* of open elements, <stream:stream> is 1 */
  GPtrArray *open; /* stanzas under construction; the last is the innermost. Empty while skipping */
  GString *text;   /* of the innermost element, not yet attached */
  xmpp_stanza_t *skipped; /* head of the element being passed over, or NULL */

  XML_Index fed;        /* bytes given to the parser since its reset */
  XML_Index boundary;   /* where the last top-level element ended */
  XML_Index last_event; /* where the parser told something last */
  guint elements;
  gsize text_length;

  const char *violation; /* why the stream is refused; static */
  gsize behind;          /* bytes after a restart */
  gboolean parsing, restart, stopped;
};

static void
mark (PealReader *reader)
{
  reader->last_event =
      XML_GetCurrentByteIndex (reader->parser) + XML_GetCurrentByteCount (reader->parser);
}

/* A new top-level element may begin. */
static void
begin_count (PealReader *reader)
{
  reader->boundary = reader->last_event;
  reader->elements = 0;
  reader->text_length = 0;
}

static void
refuse (PealReader *reader, const char *violation)
{
  if (!reader->violation)
    reader->violation = violation;
  XML_StopParser (reader->parser, XML_FALSE);
}

/* expat may still tell the end of an empty element after it was stopped at its start. */
static gboolean
halted (const PealReader *reader)
{
  return reader->stopped || reader->restart || reader->violation;
}

static void
drop_tree (PealReader *reader)
{
  if (reader->open->len > 0)
    xmpp_stanza_release (reader->open->pdata[0]); /* with all that hangs below it */
  g_ptr_array_set_size (reader->open, 0);
  g_string_truncate (reader->text, 0);
}

/* Gives up building the present top-level element; keeps what an answer to it needs. */
static void
begin_skip (PealReader *reader)
{
  static const char *const kept[] = { "xmlns", "id", "type", "from", "to" };
  xmpp_stanza_t *top = reader->open->pdata[0];
  reader->skipped = xmpp_stanza_new (reader->context);
  xmpp_stanza_set_name (reader->skipped, xmpp_stanza_get_name (top));
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++) {
    const char *value = xmpp_stanza_get_attribute (top, kept[i]);
    if (value)
      xmpp_stanza_set_attribute (reader->skipped, kept[i], value);
  }
  drop_tree (reader);
}

static void
flush_text (PealReader *reader)
{
  if (reader->text->len == 0)
    return;
  xmpp_stanza_t *text = xmpp_stanza_new (reader->context);
  xmpp_stanza_set_text_with_size (text, reader->text->str, reader->text->len);
  xmpp_stanza_add_child_ex (reader->open->pdata[reader->open->len - 1], text, FALSE);
  g_string_truncate (reader->text, 0);
}

/* "ns|local" as expat writes it. Returns local; @ns is NULL or a new string. */
static const char *
split_name (const char *name, char **ns)
{
  const char *bar = strrchr (name, SEPARATOR);
  *ns = bar ? g_strndup (name, bar - name) : NULL;
  return bar ? bar + 1 : name;
}

static void
open_stream (PealReader *reader, const char *name, const char **attributes)
{
  const char *id = NULL, *from = NULL;
  if (strcmp (name, NS_STREAMS "|stream") != 0) {
    refuse (reader, "its first element is not <stream:stream/>");
    return;
  }
  for (guint i = 0; attributes[i]; i += 2) {
    if (strcmp (attributes[i], "id") == 0)
      id = attributes[i + 1];
    else if (strcmp (attributes[i], "from") == 0)
      from = attributes[i + 1];
  }
  begin_count (reader);
  reader->events->header (reader->user, id, from);
}

/* FALSE when an attribute is too long or there are too many. */
static gboolean
set_attributes (xmpp_stanza_t *stanza, const char **attributes)
{
  gboolean fits = TRUE;
  for (guint i = 0; attributes[i]; i += 2) {
    gboolean here =
        i / 2 < PEAL_READER_ATTRIBUTES && strlen (attributes[i + 1]) <= PEAL_READER_TEXT;
    fits = fits && here;
    const char *bar = strrchr (attributes[i], SEPARATOR);
    if (here && !bar)
      xmpp_stanza_set_attribute (stanza, attributes[i], attributes[i + 1]);
    else if (here && strcmp (attributes[i], NS_XML "|lang") == 0)
      xmpp_stanza_set_attribute (stanza, "xml:lang", attributes[i + 1]);
  }
  return fits;
}

static void
open_element (PealReader *reader, const char *name, const char **attributes)
{
  g_autofree char *ns = NULL;
  const char *local = split_name (name, &ns);
  xmpp_stanza_t *stanza = xmpp_stanza_new (reader->context);
  xmpp_stanza_set_name (stanza, local);
  gboolean fits = set_attributes (stanza, attributes);
  if (ns)
    xmpp_stanza_set_ns (stanza, ns);
  if (reader->open->len > 0) {
    flush_text (reader);
    xmpp_stanza_add_child_ex (reader->open->pdata[reader->open->len - 1], stanza, FALSE);
  }
  g_ptr_array_add (reader->open, stanza);
  reader->elements++;
  if (!fits || reader->elements > PEAL_READER_ELEMENTS || reader->open->len > PEAL_READER_DEPTH)
    begin_skip (reader);
}

static void
on_start (void *user, const char *name, const char **attributes)
{
  PealReader *reader = user;
  if (halted (reader))
    return;
  mark (reader);
  reader->depth++;
  if (reader->depth == 1)
    open_stream (reader, name, attributes);
  else if (reader->depth > PEAL_READER_DEPTH_MAX)
    refuse (reader, "elements are nested without end");
  else if (!reader->skipped)
    open_element (reader, name, attributes);
}

static void
end_top_level (PealReader *reader)
{
  begin_count (reader);
  if (reader->skipped) {
    xmpp_stanza_t *head = g_steal_pointer (&reader->skipped);
    reader->events->oversize (reader->user, head);
    xmpp_stanza_release (head);
    return;
  }
  xmpp_stanza_t *stanza = reader->open->pdata[0];
  g_ptr_array_set_size (reader->open, 0);
  reader->events->stanza (reader->user, stanza);
  xmpp_stanza_release (stanza);
}

static void
on_end (void *user, const char *name)
{
  PealReader *reader = user;
  if (halted (reader))
    return;
  mark (reader);
  reader->depth--;
  if (reader->depth == 0) {
    peal_reader_stop (reader);
    reader->events->closed (reader->user);
    return;
  }
  if (!reader->skipped) {
    flush_text (reader);
    if (reader->depth > 1)
      g_ptr_array_set_size (reader->open, reader->open->len - 1);
  }
  if (reader->depth == 1)
    end_top_level (reader);
}

static gboolean
is_white (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!strchr (" \t\r\n", text[i]) || text[i] == '\0')
      return FALSE;
  return TRUE;
}

static void
on_text (void *user, const char *text, int length)
{
  PealReader *reader = user;
  if (halted (reader))
    return;
  mark (reader);
  if (reader->depth ==
      1) { /* white space between stanzas keeps a connection alive (RFC 6120 §4.6.1) */
    if (is_white (text, length))
      begin_count (reader);
    else
      refuse (reader, "text stands between its stanzas");
    return;
  }
  reader->text_length += length;
  if (reader->skipped)
    return;
  if (reader->text_length > PEAL_READER_TEXT)
    begin_skip (reader);
  else
    g_string_append_len (reader->text, text, length);
}

/* RFC 6120 §11.1: neither DTDs nor comments nor processing instructions. */
static void
on_doctype (void *user, const char *name, const char *system, const char *public, int has_subset)
{
  refuse (user, "it contains a document type declaration");
}

static void
on_comment (void *user, const char *text)
{
  refuse (user, "it contains a comment");
}

static void
on_instruction (void *user, const char *target, const char *text)
{
  refuse (user, "it contains a processing instruction");
}

/* XML_ParserReset forgets all of this. */
static void
set_up (PealReader *reader)
{
  XML_SetUserData (reader->parser, reader);
  XML_SetElementHandler (reader->parser, on_start, on_end);
  XML_SetCharacterDataHandler (reader->parser, on_text);
  XML_SetStartDoctypeDeclHandler (reader->parser, on_doctype);
  XML_SetCommentHandler (reader->parser, on_comment);
  XML_SetProcessingInstructionHandler (reader->parser, on_instruction);
  /* Else a tag split by the network waits until twice as much has come: a stanza would hang. */
  XML_SetReparseDeferralEnabled (reader->parser, XML_FALSE);
}

PealReader *
peal_reader_new (xmpp_ctx_t *context, const PealReaderEvents *events, gpointer user)
{
  PealReader *reader = g_new0 (PealReader, 1);
  reader->context = context;
  reader->events = events;
  reader->user = user;
  reader->open = g_ptr_array_new ();
  reader->text = g_string_new (NULL);
  reader->parser = XML_ParserCreateNS ("UTF-8", SEPARATOR);
  set_up (reader);
  return reader;
}

void
peal_reader_free (PealReader *reader)
{
  if (!reader)
    return;
  g_assert (!reader->parsing);
  drop_tree (reader);
  if (reader->skipped)
    xmpp_stanza_release (reader->skipped);
  XML_ParserFree (reader->parser);
  g_ptr_array_unref (reader->open);
  g_string_free (reader->text, TRUE);
  g_free (reader);
}

void
peal_reader_stop (PealReader *reader)
{
  reader->stopped = TRUE;
  if (reader->parsing)
    XML_StopParser (reader->parser, XML_FALSE);
}

static void
reset (PealReader *reader)
{
  drop_tree (reader);
  XML_ParserReset (reader->parser, "UTF-8");
  set_up (reader);
  reader->depth = reader->elements = 0;
  reader->fed = reader->boundary = reader->last_event = 0;
  reader->restart = FALSE;
}

void
peal_reader_restart (PealReader *reader)
{
  if (!reader->parsing) {
    reset (reader);
    return;
  }
  reader->restart = TRUE;
  XML_StopParser (reader->parser, XML_FALSE);
}

static gboolean
fail (const char *why, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "what the server sent is no XMPP stream: %s", why);
  return FALSE;
}

static gboolean
check_bytes (PealReader *reader, GError **error)
{
  XML_Index since_boundary = reader->fed - reader->boundary;
  if (reader->fed - reader->last_event > PEAL_READER_TOKEN)
    return fail ("a tag is longer than 256 KB", error);
  if (since_boundary > PEAL_READER_BYTES_MAX)
    return fail ("an element is longer than 1 MB", error);
  if (since_boundary > PEAL_READER_BYTES && reader->open->len > 0)
    begin_skip (reader);
  return TRUE;
}

/* One XML_Parse. */
static gboolean
parse (PealReader *reader, const char *bytes, gsize length, GError **error)
{
  reader->parsing = TRUE;
  enum XML_Status status = XML_Parse (reader->parser, bytes, length, FALSE);
  reader->parsing = FALSE;
  reader->fed += length;
  if (reader->violation)
    return fail (reader->violation, error);
  if (halted (reader))
    return TRUE;
  if (status == XML_STATUS_ERROR)
    return fail (XML_ErrorString (XML_GetErrorCode (reader->parser)), error);
  return check_bytes (reader, error);
}

gboolean
peal_reader_feed (PealReader *reader, const char *bytes, gsize length, GError **error)
{
  g_assert (!reader->parsing);
  while (length > 0 && !reader->stopped) {
    gsize slice = MIN (length, SLICE);
    XML_Index before = reader->fed;
    if (!parse (reader, bytes, slice, error)) {
      reader->stopped = TRUE;
      return FALSE;
    }
    if (reader->restart) {
      gsize used = reader->last_event - before;
      reset (reader);
      reader->behind = length - used;
      if (!is_white (bytes + used, length - used)) {
        reader->stopped = TRUE;
        return fail ("data follow where a new stream must begin", error);
      }
      return TRUE;
    }
    bytes += slice;
    length -= slice;
  }
  return TRUE;
}

gsize
peal_reader_behind (const PealReader *reader)
{
  return reader->behind;
}

gboolean
peal_reader_inside (const PealReader *reader)
{
  return reader->depth >= 2;
}
