/* The password of an account, and the key SCRAM makes of it (RFC 5802 §3 SaltedPassword), both
 * wiped at the end; and what the logins of this process have learned.
 *
 * The key costs thousands of hashes, so it is made in a worker thread and kept: a reconnect to the
 * same salt costs none. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

#define PEAL_SECRET_ROUNDS_MIN 4096 /* RFC 7677 §4 */
#define PEAL_SECRET_ROUNDS_MAX                                                                     \
  1000000 /* half a second of one core; a server that asks for more is no server */

typedef enum { PEAL_HASH_NONE = 0, PEAL_HASH_SHA1, PEAL_HASH_SHA256 } PealHash;

/* What the key depends on, beside the password. */
typedef struct {
  PealHash hash;
  guint rounds;
  GBytes *salt; /* owned */
} PealSalt;
void peal_salt_clear (PealSalt *salt);

/* How much a login proved; a later one of the same process proves no less. */
typedef enum {
  PEAL_PROOF_NONE = 0,
  PEAL_PROOF_TOLD,   /* nothing: the server was told the password (PLAIN) */
  PEAL_PROOF_MUTUAL, /* that both know it (SCRAM) */
  PEAL_PROOF_BOUND,  /* and that nobody is in between (SCRAM-*-PLUS, EXTERNAL) */
} PealProof;

/* What logins have learned. Strings are owned. */
typedef struct {
  PealProof proof; /* the best that was reached */
  char *agent;     /* our id for the server (XEP-0388 <user-agent/>): random, of this process */
  char *resource;  /* that the server made up for us (XEP-0386) */
  /* What the server offered once we had logged in, and how often in a row no session came of saying
   * something before it did: see peal_login_ahead. */
  gboolean binds, manages;
  guint in_vain;
  char *location; /* HOST[:PORT] where the session asks to be resumed (XEP-0198 §5) */
} PealMemory;

typedef struct PealSecret PealSecret;

/* Copies @password; NULL: there is none, only a certificate. */
PealSecret *peal_secret_new (const char *password);
PealSecret *peal_secret_ref (PealSecret *secret);
void peal_secret_unref (PealSecret *secret);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealSecret, peal_secret_unref)

/* Open for whoever logs in. Borrowed. */
PealMemory *peal_secret_memory (PealSecret *secret);

/* As it was given; borrowed. */
const char *peal_secret_password (const PealSecret *secret);

/* The key for @salt in hexadecimal, borrowed, or NULL when it was not derived yet. */
const char *peal_secret_key (const PealSecret *secret, const PealSalt *salt);

/* Derives the key for @salt (copied) in a worker thread and keeps it; @done on this thread's
 * default context. */
void peal_secret_derive (PealSecret *secret, const PealSalt *salt, GCancellable *cancellable,
                         GAsyncReadyCallback done, gpointer user);
/* FALSE with @error when the password cannot be prepared (RFC 4013), or cancelled. */
gboolean peal_secret_derived (PealSecret *secret, GAsyncResult *result, GError **error);
