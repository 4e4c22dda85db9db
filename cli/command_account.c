/* `peal account`: add one that has logged in, list them, remove one. */
// SPDX-License-Identifier: MIT
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

/* What holds for the account rather than for this run. */
static void
set_settings (GKeyFile *file, const PealOptions *options, const char *section)
{
  static const char *const tls_words[] = { NULL, "starttls", "direct", "off" };
  const struct {
    const char *key, *value;
  } settings[] = {
    { "server", options->server },
    { "tls", tls_words[options->tls] },
    { "proxy", options->proxy },
    { "insecure", options->insecure ? "true" : NULL },
    { "password-file", options->password_file },
    { "password-command", options->password_command },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (settings[i].value)
      g_key_file_set_string (file, section, settings[i].key, settings[i].value);
  const char *const files[][2] = { { "ca", options->ca }, { "certificate", options->certificate } };
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = files[i][1] ? g_canonicalize_filename (files[i][1], NULL) : NULL;
    if (path) /* wherever the next command is typed */
      g_key_file_set_string (file, section, files[i][0], path);
  }
  if (options->server_pin)
    g_key_file_set_string_list (file, section, "server-pin",
                                (const char *const *) options->server_pin,
                                g_strv_length (options->server_pin));
}

static gboolean
put_in (GKeyFile *file, gpointer user, GError **error)
{
  const Adding *adding = user;
  g_autofree char *section = g_strconcat ("account ", adding->jid, NULL);

  g_key_file_remove_group (file, section, NULL);
  set_settings (file, adding->options, section);
  if (adding->password)
    g_key_file_set_string (file, section, "password", adding->password);
  /* A section must be there even if it says nothing. */
  if (!g_key_file_has_group (file, section))
    g_key_file_set_string (file, section, "tls", "both");
  return TRUE;
}

static void
logged_in (gpointer user)
{
  Adding *adding = user;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = peal_config_path (adding->options->config);

  if (peal_config_change (path, put_in, adding, &error))
    peal_printer_say (peal_client_printer (adding->client), "added %s", adding->jid);
  peal_client_finish (adding->client, error ? (PealCause) error->code : PEAL_CAUSE_SUCCESS,
                      error ? error->message : NULL, NULL);
}

static int
add (const PealOptions *options, PealPrinter *printer)
{
  static const char *const no_features[] = { NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(PealAccount) account = peal_account_for (options, options->arguments[1], &error);

  if (!account)
    return peal_printer_leave (printer, error);
  g_autofree char *bare = peal_jid_bare (account->jid);
  Adding adding = { .options = options, .jid = bare };
  const PealClientSetup setup = {
    .options = options,
    .features = no_features,
    .account = account,
    .printer = printer,
    .bare = TRUE,
    .online = logged_in,
    .user = &adding,
  };
  if (!options->password_file && !options->password_command)
    adding.password = account->password;
  g_autoptr(PealClient) client = peal_client_new (&setup);
  adding.client = client;
  return peal_client_run (client);
}

static int
list (const PealOptions *options, PealPrinter *printer)
{
  g_auto(GStrv) accounts = peal_account_list (options->file);

  for (char **account = accounts; *account; account++) {
    PealEvent event;
    peal_event_init (&event, PEAL_EVENT_ITEM);
    event.jid = g_strdup (*account);
    peal_printer_event (printer, &event);
    peal_event_clear (&event);
    peal_printer_result (printer, "%s", *account);
  }
  return peal_printer_leave (printer, NULL);
}

static gboolean
take_out (GKeyFile *file, gpointer user, GError **error)
{
  const char *bare = user;
  g_autofree char *section = g_strconcat ("account ", bare, NULL);

  if (g_key_file_remove_group (file, section, NULL))
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
               "there is no account %s; `peal account list` lists them", bare);
  return FALSE;
}

static int
drop (const PealOptions *options, PealPrinter *printer)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *jid = peal_jid_prepare (options->arguments[1], NULL);
  g_autofree char *bare = jid ? peal_jid_bare (jid) : g_strdup (options->arguments[1]);
  g_autofree char *path = peal_config_path (options->config);

  if (peal_config_change (path, take_out, bare, &error))
    peal_printer_say (printer, "removed %s", bare);
  return peal_printer_leave (printer, error);
}

static int
wrong (PealPrinter *printer, const char *verb, const char *near)
{
  g_autoptr(GError) error = NULL;

  g_set_error (&error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "there is no `peal account %s`; %s%s", verb,
               near ? "did you mean " : "say add JID, list or remove JID", near ? near : "");
  return peal_printer_leave (printer, error);
}

int
peal_command_account (const PealOptions *options)
{
  static const char *const names[] = { "add", "list", "remove", NULL };
  static const struct {
    guint arguments;
    int (*run) (const PealOptions *options, PealPrinter *printer);
  } verbs[] = { { 2, add }, { 1, list }, { 2, drop } };
  const char *verb = options->arguments[0];
  g_autoptr(GError) error = NULL;
  g_autoptr(PealPrinter) printer = peal_printer_new (options, &error);

  if (!printer) {
    g_printerr ("peal: %s\n", error->message);
    return peal_cause_status ((PealCause) error->code);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++) {
    if (!g_str_equal (names[i], verb))
      continue;
    if (g_strv_length (options->arguments) == verbs[i].arguments)
      return verbs[i].run (options, printer);
    g_set_error (&error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "`peal account %s` takes %s", verb,
                 verbs[i].arguments == 2 ? "an address" : "no address");
    return peal_printer_leave (printer, error);
  }
  return wrong (printer, verb, peal_options_nearest (verb, names));
}
