/* One logged-in, resumable XMPP stream: outbox, stream management (XEP-0198), ping (XEP-0199),
 * reconnect.
 *
 * The stream drives a PealPort. An attempt gets to a session (link carries bytes, reader makes
 * stanzas, login proves who we are), traffic is what passes then; each step has a deadline and each
 * way to fail a cause. Everything runs on the GMainContext that was the thread's default at
 * peal_stream_new, and nothing of it blocks. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

#include "signaling/event.h"
#include "signaling/port.h"

typedef enum { PEAL_TLS_BOTH = 0, PEAL_TLS_STARTTLS, PEAL_TLS_DIRECT, PEAL_TLS_OFF } PealTlsMode;

typedef struct PealProxy PealProxy;

typedef struct {
  const char *jid;      /* bare or full; prepared */
  const char *password; /* copied into memory that is wiped */
  const char *server;   /* HOST[:PORT], [v6]:PORT; NULL: SRV of the domain (RFC 6120 §3.2) */
  PealTlsMode tls;      /* BOTH: as SRV says; with @server STARTTLS (5223: direct), then direct */
  gboolean insecure;    /* allows PEAL_TLS_OFF beyond loopback */
  const char *ca_file;  /* added to the system's */
  PealProxy *proxy;     /* signaling/stream/proxy.h (referenced); NULL */
  GBytes *pins;         /* of peal_pins_add: certificates the server must have one of; NULL */
  GTlsCertificate *certificate; /* ours, with its key, if a server asks (referenced); NULL */
  GTlsDatabase *trust; /* of peal_trust_new, for many streams together; NULL: one of @ca_file, which
                          costs each stream 22 KB an authority */
  const char *resource;  /* NULL: that of the jid, else the server's choice */
  gboolean any_resource; /* one that the server makes up (XEP-0386) will do as well */
  void (*trace) (gpointer user, gboolean outgoing, const char *xml,
                 gsize length); /* each top-level element, secrets already blanked; may be NULL */
  /* Each change of state of "stream", "attempt", "link", "reach",
   * "encryption", "login"; may be NULL. */
  void (*transition) (gpointer user, const char *machine, const char *id, const char *from,
                      const char *to);
  gpointer trace_user;

  /* How long to wait, in ms; 0 is the value in brackets. */
  guint step_ms;   /* for each step of connecting and logging in [10,000] */
  guint idle_ms;   /* before asking a silent server for a sign of life [60,000] */
  guint reply_ms;  /* for that sign, or for an acknowledgement [15,000] */
  guint stable_ms; /* that a session must last to have its loss mended at once [10,000] */
  guint away_ms;   /* at most, before another try [60,000] */
  /* Bytes to the server by another way than TCP: called for each attempt, returns a stream that the
   * link owns. Sets @secured when nobody else can read it: then no TLS is spoken on it. May be
   * NULL. */
  GIOStream *(*open) (gpointer user, gboolean *secured);
  gpointer open_user;
} PealStreamSetup;

typedef struct {
  /* Up: @jid is our full address, @tls such as "TLSv1.3" or NULL for none. */
  void (*online) (gpointer user, const char *jid, const char *server, const char *tls,
                  gboolean resumed);
  /* Down, and trying again; @why (domain PEAL_CAUSE: CONNECT, AUTH, SECURITY). */
  void (*offline) (gpointer user, const GError *why);
  /* Down for good: wrong password, certificate refused, or closed by us (@why NULL). */
  void (*closed) (gpointer user, const GError *why);
} PealStreamEvents;

typedef struct PealStream PealStream;

/* Starts to connect. Strings of @setup are copied. */
PealStream *peal_stream_new (const PealStreamSetup *setup, const PealStreamEvents *events,
                             gpointer user);

/* The port that everything else uses; there from the start. Borrowed. */
PealPort *peal_stream_port (PealStream *stream);

/* Sends what is queued, unavailable presence and </stream:stream>, waits up to 2 s, then `closed`.
 */
void peal_stream_close (PealStream *stream);

/* Frees at once, without a good-bye. Safe inside its own events. */
void peal_stream_free (PealStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealStream, peal_stream_free)
