/* `peal account`: add one that has logged in, list them, remove one. */
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "cli/account.h"
#include "cli/client.h"
#include "cli/command.h"
#include "signaling/wire/jid.h"

typedef struct {
  const PealOptions *options;
  PealClient *client;
  char *jid;            /* bare */
  const char *password; /* to be saved; NULL: the place where it comes from is */
} Adding;

static int
fail (const GError *error)
{
  fprintf (stderr, "peal: %s\n", error->message);
  return peal_cause_status ((PealCause) error->code);
}

/* What holds for the account rather than for this run. */
static void
save_settings (const PealOptions *options, const char *section)
{
  static const char *const tls_words[] = { NULL, "starttls", "direct", "off" };
  const struct {
    const char *key, *value;
  } settings[] = {
    { "server", options->server },
    { "tls", tls_words[options->tls] },
    { "insecure", options->insecure ? "true" : NULL },
    { "password-file", options->password_file },
    { "password-command", options->password_command },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (settings[i].value)
      g_key_file_set_string (options->file, section, settings[i].key, settings[i].value);
  if (options->ca) { /* wherever the next command is typed */
    g_autofree char *path = g_canonicalize_filename (options->ca, NULL);
    g_key_file_set_string (options->file, section, "ca", path);
  }
}

static gboolean
save (const Adding *adding, GError **error)
{
  const PealOptions *options = adding->options;
  g_autofree char *section = g_strconcat ("account ", adding->jid, NULL);
  g_autofree char *path = peal_config_path (options->config);

  g_key_file_remove_group (options->file, section, NULL);
  save_settings (options, section);
  if (adding->password)
    g_key_file_set_string (options->file, section, "password", adding->password);
  /* A section must be there even if it says nothing. */
  if (!g_key_file_has_group (options->file, section))
    g_key_file_set_string (options->file, section, "tls", "both");
  return peal_config_save (options->file, path, error);
}

static void
logged_in (gpointer user)
{
  Adding *adding = user;
  g_autoptr (GError) error = NULL;

  if (save (adding, &error))
    peal_printer_say (peal_client_printer (adding->client), "added %s", adding->jid);
  peal_client_finish (adding->client, error ? (PealCause) error->code : PEAL_CAUSE_SUCCESS,
                      error ? error->message : NULL, NULL);
}

static int
add (const PealOptions *options, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PealAccount) account = peal_account_for (options, text, &error);
  static const char *const no_features[] = { NULL };

  if (!account)
    return fail (error);
  g_autofree char *bare = peal_jid_bare (account->jid);
  Adding adding = { .options = options, .jid = bare };
  const PealClientSetup setup = {
    .options = options,
    .features = no_features,
    .account = account,
    .bare = TRUE,
    .online = logged_in,
    .user = &adding,
  };
  if (!options->password_file && !options->password_command)
    adding.password = account->password;
  g_autoptr (PealClient) client = peal_client_new (&setup);
  adding.client = client;
  return peal_client_run (client);
}

static int
list (const PealOptions *options)
{
  g_auto (GStrv) accounts = peal_account_list (options->file);

  for (char **account = accounts; *account; account++)
    puts (*account);
  return 0;
}

static int
drop (const PealOptions *options, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *jid = peal_jid_prepare (text, NULL);
  g_autofree char *bare = jid ? peal_jid_bare (jid) : g_strdup (text);
  g_autofree char *section = g_strconcat ("account ", bare, NULL);
  g_autofree char *path = peal_config_path (options->config);

  if (!g_key_file_remove_group (options->file, section, NULL)) {
    fprintf (stderr, "peal: there is no account %s; `peal account list` lists them\n", bare);
    return peal_cause_status (PEAL_CAUSE_USAGE);
  }
  return peal_config_save (options->file, path, &error) ? 0 : fail (error);
}

int
peal_command_account (const PealOptions *options)
{
  static const char *const verbs[] = { "add", "list", "remove", NULL };
  const char *verb = options->arguments[0], *jid = options->arguments[1];
  const char *near = peal_options_nearest (verb, verbs);

  if (g_str_equal (verb, "list") && !jid)
    return list (options);
  if (g_str_equal (verb, "add") && jid)
    return add (options, jid);
  if (g_str_equal (verb, "remove") && jid)
    return drop (options, jid);
  if (!g_strv_contains (verbs, verb))
    fprintf (stderr, "peal: account \"%s\": %s%s; say add JID, list or remove JID\n", verb,
             near ? "did you mean " : "there is no such thing", near ? near : "");
  else
    fprintf (stderr, "peal: account %s takes %s\n", verb,
             g_str_equal (verb, "list") ? "no address" : "an address");
  return peal_cause_status (PEAL_CAUSE_USAGE);
}
