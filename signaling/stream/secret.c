/* Passwords, their SCRAM keys, and the wiping of both. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/secret.h"

#include <gsasl.h>
#include <openssl/evp.h>
#include <string.h>

struct PealSecret {
  gatomicrefcount references;
  char *password; /* never changes, so that the worker may read it */
  PealSalt salt;  /* of @key */
  char *key;      /* hexadecimal */
  PealMemory memory;
};

typedef struct {
  PealSecret *secret;
  PealSalt salt;
  char *key;
} Work;

static void
wipe (char *text)
{
  if (!text)
    return;
  explicit_bzero (text, strlen (text));
  g_free (text);
}

void
peal_salt_clear (PealSalt *salt)
{
  g_clear_pointer (&salt->salt, g_bytes_unref);
  *salt = (PealSalt) { 0 };
}

static PealSalt
salt_copy (const PealSalt *salt)
{
  PealSalt copy = *salt;
  copy.salt = g_bytes_ref (salt->salt);
  return copy;
}

PealSecret *
peal_secret_new (const char *password)
{
  PealSecret *secret = g_new0 (PealSecret, 1);
  g_atomic_ref_count_init (&secret->references);
  secret->password = g_strdup (password);
  secret->memory.agent = g_uuid_string_random ();
  return secret;
}

PealSecret *
peal_secret_ref (PealSecret *secret)
{
  g_atomic_ref_count_inc (&secret->references);
  return secret;
}

void
peal_secret_unref (PealSecret *secret)
{
  if (!secret || !g_atomic_ref_count_dec (&secret->references))
    return;
  wipe (secret->password);
  wipe (secret->key);
  peal_salt_clear (&secret->salt);
  g_free (secret->memory.agent);
  g_free (secret->memory.resource);
  g_free (secret->memory.location);
  g_free (secret);
}

PealMemory *
peal_secret_memory (PealSecret *secret)
{
  return &secret->memory;
}

const char *
peal_secret_password (const PealSecret *secret)
{
  return secret->password;
}

const char *
peal_secret_key (const PealSecret *secret, const PealSalt *salt)
{
  if (!secret->key || secret->salt.hash != salt->hash || secret->salt.rounds != salt->rounds ||
      !g_bytes_equal (secret->salt.salt, salt->salt))
    return NULL;
  return secret->key;
}

static void
work_free (gpointer data)
{
  Work *work = data;
  peal_secret_unref (work->secret);
  peal_salt_clear (&work->salt);
  wipe (work->key);
  g_free (work);
}

static char *
to_hex (const guint8 *bytes, guint length)
{
  char *text = g_malloc (length * 2 + 1);
  for (guint i = 0; i < length; i++)
    g_snprintf (text + 2 * i, 3, "%02x", bytes[i]);
  return text;
}

/* RFC 5802 §2.2: Hi() is PBKDF2 with HMAC over the prepared password. */
static void
derive (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;
  char *prepared = NULL;
  if (gsasl_saslprep (work->secret->password, 0, &prepared, NULL) != GSASL_OK) {
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                             "the password has characters that SASLprep (RFC 4013) forbids");
    return;
  }
  guint8 key[EVP_MAX_MD_SIZE];
  const EVP_MD *hash = work->salt.hash == PEAL_HASH_SHA256 ? EVP_sha256 () : EVP_sha1 ();
  guint length = EVP_MD_get_size (hash);
  gsize salt_length;
  const guint8 *salt = g_bytes_get_data (work->salt.salt, &salt_length);
  gboolean good = PKCS5_PBKDF2_HMAC (prepared, strlen (prepared), salt, salt_length,
                                     work->salt.rounds, hash, length, key);
  explicit_bzero (prepared, strlen (prepared));
  gsasl_free (prepared);
  g_assert (good);
  work->key = to_hex (key, length);
  explicit_bzero (key, sizeof key);
  g_task_return_boolean (task, TRUE);
}

void
peal_secret_derive (PealSecret *secret, const PealSalt *salt, GCancellable *cancellable,
                    GAsyncReadyCallback done, gpointer user)
{
  Work *work = g_new0 (Work, 1);
  work->secret = peal_secret_ref (secret);
  work->salt = salt_copy (salt);
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, done, user);
  g_task_set_task_data (task, work, work_free);
  g_task_run_in_thread (task, derive);
}

gboolean
peal_secret_derived (PealSecret *secret, GAsyncResult *result, GError **error)
{
  GTask *task = G_TASK (result);
  if (!g_task_propagate_boolean (task, error))
    return FALSE;
  Work *work = g_task_get_task_data (task);
  wipe (secret->key);
  peal_salt_clear (&secret->salt);
  secret->salt = salt_copy (&work->salt);
  secret->key = g_steal_pointer (&work->key);
  return TRUE;
}
