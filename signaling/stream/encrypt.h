/* From a connection to an encrypted one: STARTTLS (RFC 6120 §5.4) or TLS at once, the certificate
 * verified for the domain of the account.
 *
 * STARTTLS is finished in here, so what an attacker can write into the unencrypted part reaches
 * neither login nor session. One operation at a time is under way, on the GMainContext that is the
 * thread's default at peal_encrypt. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

#include "signaling/stream/tap.h"

/* Referenced or copied, but for @user and what stands in @tap, which must live until the operation
 * ended or was cancelled. */
typedef struct {
  GIOStream *base;
  const char *domain;  /* ASCII form; what the certificate must name, never an SRV target */
  const char *where;   /* "xmpp.example.org:5222", for sentences */
  gboolean direct;     /* TLS at once */
  GTlsDatabase *trust; /* whom to believe */
  GBytes *pins;        /* of peal_pins_add; NULL */
  GTlsCertificate *certificate; /* of ours, for a server that asks; NULL */
  PealTap tap;
  /* Waits for @what of the server from now on (static). */
  void (*awaits) (gpointer user, const char *what);
  gpointer user;
} PealEncryptSetup;

void peal_encrypt (const PealEncryptSetup *setup, GCancellable *cancellable,
                   GAsyncReadyCallback done, gpointer user);

/* What is known of it, failed or not. */
typedef struct {
  gboolean answered;  /* FALSE: nothing that came was XMPP; TLS at once is perhaps what it wants */
  gboolean asked;     /* the server wanted a certificate of ours */
  gboolean certified; /* and was shown it */
} PealEncrypted;

/* The stream to read and write from now on; owned. NULL with @error: G_IO_ERROR_CANCELLED, or one
 * of PealFailure. */
GIOStream *peal_encrypt_finish (GAsyncResult *result, PealEncrypted *how, GError **error);
