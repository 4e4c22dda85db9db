/* From bytes of an XMPP stream to stanza trees, within limits: one expat parser counts and builds.
 *
 * Two kinds of "too much" are kept apart. What any peer may send through an honest server (many
 * elements, deep nesting, long text, up to 1 MB) only costs its own stanza: it is read past,
 * unbuilt, and told as `oversize`. What no honest server sends ends the stream with an error: bad
 * XML, bad UTF-8, a DTD, one token above 256 KB, an element above 1 MB. Memory is bounded either
 * way. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>
#include <strophe.h>

/* Counted since the end of the last top-level element, so that an unfinished tag counts too. */
#define PEAL_READER_BYTES      (256 * 1024)  /* of one top-level element; above: oversize */
#define PEAL_READER_TOKEN      (256 * 1024)  /* between two events of the parser; above: fatal */
#define PEAL_READER_BYTES_MAX  (1024 * 1024) /* of one top-level element; above: fatal */
#define PEAL_READER_DEPTH      64   /* elements inside one another, the top-level one included */
#define PEAL_READER_DEPTH_MAX  1024 /* expat keeps every open tag; above: fatal */
#define PEAL_READER_ELEMENTS   2000
#define PEAL_READER_ATTRIBUTES 64
#define PEAL_READER_TEXT       (64 * 1024) /* one attribute value; all text of one top-level element */

typedef struct {
  /* The stream opened: @id and @from of its header, either may be NULL. */
  void (*header) (gpointer user, const char *id, const char *from);
  /* A top-level element, borrowed. xml:lang keeps its name; attributes of other namespaces are left
   * out. */
  void (*stanza) (gpointer user, xmpp_stanza_t *stanza);
  /* A top-level element beyond a limit was passed over; @head has its name and addresses, no
   * children. */
  void (*oversize) (gpointer user, xmpp_stanza_t *head);
  /* </stream:stream> */
  void (*closed) (gpointer user);
} PealReaderEvents;

typedef struct PealReader PealReader;

/* @context makes the stanzas and must outlive the reader. */
PealReader *peal_reader_new (xmpp_ctx_t *context, const PealReaderEvents *events, gpointer user);

/* Never inside an event of its own: peal_reader_stop there, free later. */
void peal_reader_free (PealReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealReader, peal_reader_free)

/* Parses @bytes; events fire from inside. FALSE with @error (G_IO_ERROR_INVALID_DATA) when what
 * came is no XMPP stream; the reader is of no use afterwards. */
gboolean peal_reader_feed (PealReader *reader, const char *bytes, gsize length, GError **error);

/* The next byte begins a new stream (RFC 6120 §6.4.6). Inside an event: whatever but white space
 * follows in the same bytes is refused. */
void peal_reader_restart (PealReader *reader);

/* How many bytes of white space came behind the element that restarted the stream, in the same
 * feed. */
gsize peal_reader_behind (const PealReader *reader);

/* Nothing is parsed or told from now on; safe inside an event. */
void peal_reader_stop (PealReader *reader);

/* Whether a top-level element has begun and not ended: the one that an error of feed is about. */
gboolean peal_reader_inside (const PealReader *reader);
