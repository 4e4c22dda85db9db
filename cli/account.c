/* Accounts: which one is meant, and its password from the strongest place that has one. */
// SPDX-License-Identifier: MIT
#include "cli/account.h"

#include "cli/password.h"
#include "signaling/wire/jid.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SECTION       "account "
#define LOCK_PATIENCE (3 * G_USEC_PER_SEC)
#define LOCK_PAUSE    (20 * 1000) /* µs */

/* --- the config file --- */

char *
peal_config_path (const char *given)
{
  return given ? g_strdup (given)
               : g_build_filename (g_get_user_config_dir (), "peal", "config", NULL);
}

char **
peal_account_list (GKeyFile *file)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  g_auto(GStrv) groups = g_key_file_get_groups (file, NULL);

  for (char **group = groups; *group; group++)
    if (g_str_has_prefix (*group, SECTION))
      g_strv_builder_add (names, *group + strlen (SECTION));
  return g_strv_builder_end (names);
}

static gboolean
holds_secrets (GKeyFile *file)
{
  static const char *const secrets[] = { "password", "turn-password", "proxy-password" };
  g_auto(GStrv) groups = g_key_file_get_groups (file, NULL);

  for (char **group = groups; *group; group++)
    for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
      if (g_key_file_has_key (file, *group, secrets[i], NULL))
        return TRUE;
  return FALSE;
}

GKeyFile *
peal_config_load (const char *path, GError **error)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autoptr(GError) why = NULL;
  g_autofree char *text = NULL;
  gsize length;
  GStatBuf status;

  if (!g_file_get_contents (path, &text, &length, &why)) {
    if (g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      return g_steal_pointer (&file);
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "the config %s cannot be read: %s", path,
                 why->message);
    return NULL;
  }
  if (length && !g_key_file_load_from_data (file, text, length, G_KEY_FILE_KEEP_COMMENTS, &why)) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "the config %s is no key file: %s", path,
                 why->message);
    return NULL;
  }
  if (holds_secrets (file) && !g_stat (path, &status) && status.st_mode & 077) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY,
                 "the config %s holds a password and others may read it; run: chmod 600 '%s'", path,
                 path);
    return NULL;
  }
  return g_steal_pointer (&file);
}

static gboolean
write_failed (const char *path, const char *why, GError **error)
{
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_FILE,
               "the config %s cannot be written: %s; name another place with --config", path, why);
  return FALSE;
}

static gboolean
save (GKeyFile *file, const char *path, GError **error)
{
  gsize length;
  g_autofree char *text = g_key_file_to_data (file, &length, NULL);
  g_autoptr(GError) why = NULL;
  gboolean good = g_file_set_contents_full (
      path, text, (gssize) length, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
      0600, &why);

  explicit_bzero (text, length);
  return good || write_failed (path, why->message, error);
}

/* Locks the folder: the file itself is replaced by each that writes it. A descriptor to close, or
 * -1 with errno. */
static int
lock (const char *folder)
{
  gint64 patience = g_get_monotonic_time () + LOCK_PATIENCE;
  int fd = g_mkdir_with_parents (folder, 0700) == 0
               ? open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
               : -1;

  while (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0) {
    int why = errno;
    if (why == EWOULDBLOCK && g_get_monotonic_time () < patience) {
      g_usleep (LOCK_PAUSE);
      continue;
    }
    close (fd);
    errno = why;
    return -1;
  }
  return fd;
}

gboolean
peal_config_change (const char *path, PealConfigChange change, gpointer user, GError **error)
{
  /* Whoever keeps the config elsewhere, behind a link, keeps the link. */
  g_autofree char *real = realpath (path, NULL);
  g_autofree char *folder = g_path_get_dirname (real ? real : path);
  int fd = lock (folder);

  if (fd < 0)
    return write_failed (
        path, errno == EWOULDBLOCK ? "another program holds its folder" : g_strerror (errno),
        error);
  g_autoptr(GKeyFile) file = peal_config_load (real ? real : path, error);
  gboolean good = file && change (file, user, error) && save (file, real ? real : path, error);
  close (fd); /* and with it the lock */
  return good;
}

/* --- which account --- */

void
peal_account_free (PealAccount *account)
{
  if (!account)
    return;
  g_free (account->jid);
  peal_password_free (account->password);
  g_free (account);
}

static char *
prepare (const char *text, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autofree char *jid = peal_jid_prepare (text, &why);
  g_autofree char *local = jid ? peal_jid_local (jid) : NULL;

  if (local)
    return g_steal_pointer (&jid);
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
               "\"%s\" is no address of an account such as you@example.org%s%s", text,
               why ? ": " : "", why ? why->message : "");
  return NULL;
}

char *
peal_account_jid (const PealOptions *options, GError **error)
{
  if (options->account)
    return prepare (options->account, error);
  g_auto(GStrv) known = peal_account_list (options->file);
  if (!known[0])
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                 "there is no account; add one with `peal account add you@example.org`, or name "
                 "one with --account");
  else {
    g_autofree char *names = g_strjoinv (", ", known);
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "which account? Name one with --account: %s",
                 names);
  }
  return NULL;
}

/* --- its password --- */

/* A key of the account's section of the file, or NULL. For g_free. */
static char *
of_account (const PealOptions *options, const char *jid, const char *key)
{
  g_autofree char *bare = peal_jid_bare (jid);
  g_autofree char *section = g_strconcat (SECTION, bare, NULL);

  return g_key_file_get_string (options->file, section, key, NULL);
}

/* *@password is NULL where no place has one; FALSE where one has, but cannot tell. The options hold
 * what the flags say, or else the file. */
static gboolean
find_password (const PealOptions *options, const char *jid, char **password, GError **error)
{
  if (options->password_file)
    return (*password = peal_password_from_file (options->password_file, error)) != NULL;
  if (options->password_command)
    return (*password = peal_password_from_command (options->password_command, error)) != NULL;
  *password = g_strdup (options->password);
  if (!*password)
    *password = of_account (options, jid, "password");
  return TRUE;
}

PealAccount *
peal_account_for (const PealOptions *options, const char *jid, GError **error)
{
  g_autoptr(PealAccount) account = g_new0 (PealAccount, 1);

  account->jid = prepare (jid, error);
  if (!account->jid || !find_password (options, account->jid, &account->password, error))
    return NULL;
  /* Who has a certificate is asked for nothing: the server says whether it will do. */
  if (!account->password && !options->certificate) {
    g_autofree char *bare = peal_jid_bare (account->jid);
    g_autofree char *question = g_strdup_printf ("Password of %s: ", bare);
    account->password = peal_password_from_terminal (question, error);
  }
  return account->password || options->certificate ? g_steal_pointer (&account) : NULL;
}

PealAccount *
peal_account_choose (const PealOptions *options, GError **error)
{
  g_autofree char *jid = peal_account_jid (options, error);

  return jid ? peal_account_for (options, jid, error) : NULL;
}

/* @given, or @key of the account's section, or of [defaults]. */
static char *
find_secret (const PealOptions *options, const char *given, const char *key)
{
  char *password = g_strdup (given);
  g_autofree char *jid = options->account ? peal_jid_prepare (options->account, NULL) : NULL;

  if (!password && jid)
    password = of_account (options, jid, key);
  return password ? password : g_key_file_get_string (options->file, "defaults", key, NULL);
}

char *
peal_account_turn_password (const PealOptions *options)
{
  return find_secret (options, options->turn_password, "turn-password");
}

char *
peal_account_proxy_password (const PealOptions *options)
{
  return find_secret (options, options->proxy_password, "proxy-password");
}
