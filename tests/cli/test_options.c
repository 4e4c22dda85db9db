/* The command line: what argv, environment and config mean, what is said of mistakes, and that
 * help, manual and completions tell of every option once. */
// SPDX-License-Identifier: MIT
#include <glib/gstdio.h>
#include <string.h>

#include "cli/account.h"
#include "cli/help.h"
#include "cli/verbs.h"

/* --- a config of its own --- */

typedef struct {
  char *folder, *path;
} Home;

static Home *
home_new (const char *config)
{
  Home *home = g_new0 (Home, 1);

  home->folder = g_dir_make_tmp ("peal-options-XXXXXX", NULL);
  home->path = g_build_filename (home->folder, "config", NULL);
  if (config) {
    g_assert_true (g_file_set_contents (home->path, config, -1, NULL));
    g_assert_cmpint (g_chmod (home->path, 0600), ==, 0);
  }
  g_setenv ("PEAL_CONFIG", home->path, TRUE);
  return home;
}

static void
home_free (Home *home)
{
  g_unsetenv ("PEAL_CONFIG");
  g_unlink (home->path);
  g_rmdir (home->folder);
  g_free (home->folder);
  g_free (home->path);
  g_free (home);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Home, home_free)

static PealOptions *
parse (const char *line, GError **error)
{
  g_auto(GStrv) argv = NULL;
  int argc;

  g_assert_true (g_shell_parse_argv (line, &argc, &argv, NULL));
  return peal_options_parse (argc, argv, error);
}

/* --- argv --- */

static void
values (void)
{
  g_autoptr(Home) home = home_new (NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(PealOptions) options = parse ("peal --json -vq --tls=direct discover --account a@b "
                                           "--server [::1]:5222 -v -- --not-an-option",
                                           &error);

  g_assert_no_error (error);
  g_assert_cmpstr (options->command->name, ==, "discover");
  g_assert_cmpstr (options->arguments[0], ==, "--not-an-option");
  g_assert_null (options->arguments[1]);
  g_assert_true (options->json && options->quiet);
  g_assert_cmpint (options->verbose, ==, 2);
  g_assert_cmpint (options->tls, ==, PEAL_TLS_DIRECT);
  g_assert_cmpstr (options->account, ==, "a@b");
  g_assert_cmpstr (options->server, ==, "[::1]:5222");
  g_assert_null (options->ca);
}

static void
last_word_wins (void)
{
  g_autoptr(Home) home = home_new (NULL);
  g_autoptr(PealOptions) options = parse ("peal discover --server one --server=two -", NULL);

  g_assert_cmpstr (options->server, ==, "two");
  g_assert_cmpstr (options->arguments[0], ==, "-"); /* a dash alone is an argument */
}

static void
mistakes (void)
{
  static const struct {
    const char *line, *text;
  } rows[] = {
    { "peal discover a@b --jsn", "there is no option --jsn; did you mean --json?" },
    { "peal discover a@b --sevrer x", "there is no option --sevrer; did you mean --server?" },
    { "peal discover a@b --xyzzyx",
      "there is no option --xyzzyx; `peal help` lists what there is" },
    { "peal discover a@b -x", "there is no option -x; `peal help` lists what there is" },
    { "peal discover a@b --server", "--server needs a value: --server HOST[:PORT]" },
    { "peal discover a@b --json=yes", "--json takes no value, but was given \"yes\"" },
    { "peal discover a@b --tls starttl",
      "--tls \"starttl\": did you mean starttls? It is one of both, starttls, direct, off" },
    { "peal discover a@b --tls ssl3", "--tls \"ssl3\": not one of both, starttls, direct, off" },
    { "peal discover a@b --man",
      "--man is no option of `peal discover`; `peal help discover` lists its own" },
    { "peal dicsover a@b", "there is no command \"dicsover\"; did you mean discover?" },
    { "peal frobnicate", "there is no command \"frobnicate\"; `peal help` lists them" },
    { "peal discover", "`peal discover` takes JID; `peal help discover` explains it" },
    { "peal discover a@b c@d", "`peal discover` takes JID; `peal help discover` explains it" },
    { "peal help --completion tcsh", "--completion \"tcsh\": not one of bash, zsh, fish" },
  };
  g_autoptr(Home) home = home_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null (parse (rows[i].line, &error));
    g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE);
    g_assert_cmpstr (error->message, ==, rows[i].text);
  }
}

static void
help_is_always_there (void)
{
  g_autoptr(Home) home = home_new ("this is no key file");
  g_autoptr(PealOptions) alone = parse ("peal", NULL),
                          asked = parse ("peal discover --help", NULL),
                          version = parse ("peal --version", NULL);

  g_assert_null (alone->command);
  g_assert_true (asked->help);
  g_assert_true (version->version);
  g_autoptr(GError) error = NULL;
  g_assert_null (parse ("peal discover a@b", &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE);
  g_assert_nonnull (strstr (error->message, "is no key file"));
}

/* --- environment and file --- */

#define CONFIG                                                                                     \
  "[defaults]\nserver=default.example\nca=/default.pem\nquiet=true\n"                              \
  "[account alice@example.org]\nserver=alice.example\ntls=starttls\n"

static void
strongest_source (void)
{
  g_autoptr(Home) home = home_new (CONFIG);
  g_autoptr(PealOptions) file = parse ("peal discover x", NULL);

  g_assert_cmpstr (file->account, ==, "alice@example.org"); /* the only one */
  g_assert_cmpstr (file->server, ==, "alice.example");
  g_assert_cmpstr (file->ca, ==, "/default.pem");
  g_assert_true (file->quiet);
  g_assert_cmpint (file->tls, ==, PEAL_TLS_STARTTLS);

  g_autoptr(PealOptions) other = parse ("peal discover x --account bob@example.org", NULL);
  g_assert_cmpstr (other->server, ==, "default.example");
  g_autoptr(PealOptions) same = parse ("peal discover x --account Alice@Example.ORG/home", NULL);
  g_assert_cmpstr (same->server, ==, "alice.example");

  g_setenv ("PEAL_SERVER", "environment.example", TRUE);
  g_autoptr(PealOptions) environment = parse ("peal discover x", NULL),
                          flag = parse ("peal discover x --server flag.example", NULL);
  g_assert_cmpstr (environment->server, ==, "environment.example");
  g_assert_cmpstr (flag->server, ==, "flag.example");
  g_setenv ("PEAL_SERVER", "", TRUE); /* empty is not set */
  g_autoptr(PealOptions) empty = parse ("peal discover x", NULL);
  g_assert_cmpstr (empty->server, ==, "alice.example");
  g_unsetenv ("PEAL_SERVER");

  g_autoptr(PealOptions) account = parse ("peal account list", NULL);
  g_assert_cmpstr (account->server, ==, "default.example"); /* no account lends its settings */
}

static void
mistakes_in_the_file (void)
{
  g_autoptr(Home) home = home_new ("[defaults]\ntls=strattls\nunknown-key=1\n");
  g_autoptr(GError) error = NULL;

  g_assert_null (parse ("peal discover x", &error));
  g_assert_cmpstr (error->message, ==,
                   "tls= in [defaults] of the config \"strattls\": did you mean starttls? It is "
                   "one of both, starttls, direct, off");
}

/* --- accounts and secrets --- */

static void
file_with_secrets (void)
{
  g_autoptr(Home) home = home_new ("[account a@b]\npassword=secret\n");
  g_autoptr(GError) error = NULL;

  g_chmod (home->path, 0640);
  g_assert_null (parse ("peal discover x", &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
  g_assert_nonnull (strstr (error->message, "chmod 600"));
  g_chmod (home->path, 0600);
  g_autoptr(PealOptions) options = parse ("peal discover x", NULL);
  g_autoptr(PealAccount) account = peal_account_choose (options, NULL);
  g_assert_cmpstr (account->jid, ==, "a@b");
  g_assert_cmpstr (account->password, ==, "secret");
}

static void
where_passwords_come_from (void)
{
  g_autoptr(Home) home = home_new ("[account a@b]\npassword=filed\n");
  g_autofree char *place = g_build_filename (home->folder, "password", NULL);
  g_autofree char *by_file = g_strdup_printf ("peal discover x --password-file %s", place);
  g_autoptr(GError) error = NULL;

  g_assert_true (g_file_set_contents (place, "from file\r\nsecond line\n", -1, NULL));
  g_setenv ("PEAL_PASSWORD", "environment", TRUE);
  g_autoptr(PealOptions) file = parse (by_file, NULL);
  g_autoptr(PealAccount) one = peal_account_choose (file, NULL);
  g_assert_cmpstr (one->password, ==, "from file"); /* a flag beats the environment */

  g_setenv ("PEAL_PASSWORD", "environment", TRUE);
  g_autoptr(PealOptions) plain = parse ("peal discover x", NULL);
  g_autoptr(PealAccount) two = peal_account_choose (plain, NULL);
  g_assert_cmpstr (two->password, ==, "environment");
  g_assert_null (g_getenv ("PEAL_PASSWORD")); /* and is not inherited by what we start */
  g_autoptr(PealOptions) again = parse ("peal discover x", NULL);
  g_autoptr(PealAccount) three = peal_account_choose (again, NULL);
  g_assert_cmpstr (three->password, ==, "filed");

  g_autoptr(PealOptions) command =
      parse ("peal discover x --password-command 'echo com; echo mand'", NULL);
  g_autoptr(PealAccount) four = peal_account_choose (command, NULL);
  g_assert_cmpstr (four->password, ==, "com");
  g_autoptr(PealOptions) failing = parse ("peal discover x --password-command 'exit 3'", NULL);
  g_assert_null (peal_account_choose (failing, &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_AUTH);
  g_unlink (place);
}

static void
which_account (void)
{
  g_autoptr(Home) home = home_new ("[account a@b]\n[account c@d]\n");
  g_autoptr(PealOptions) options = parse ("peal discover x", NULL),
                          bad = parse ("peal discover x --account b.example", NULL);
  g_autoptr(GError) several = NULL, no_user = NULL;

  g_assert_null (peal_account_jid (options, &several));
  g_assert_cmpstr (several->message, ==, "which account? Name one with --account: a@b, c@d");
  g_assert_null (peal_account_jid (bad, &no_user));
  g_assert_error (no_user, PEAL_CAUSE, PEAL_CAUSE_USAGE);
}

static gboolean
set_password (GKeyFile *file, gpointer password, GError **error)
{
  g_key_file_set_string (file, "account a@b", "password", password);
  return TRUE;
}

static gboolean
refuse (GKeyFile *file, gpointer user, GError **error)
{
  g_key_file_remove_group (file, "account a@b", NULL);
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "not this time");
  return FALSE;
}

static void
saved_for_us_alone (void)
{
  g_autoptr(Home) home = home_new (NULL);
  g_autofree char *below = g_build_filename (home->folder, "new", "config", NULL);
  g_autofree char *folder = g_path_get_dirname (below);
  g_autoptr(GError) error = NULL;
  GStatBuf status;

  g_assert_true (
      peal_config_change (below, set_password, (char *) " spaces = and # signs ", &error));
  g_assert_false (peal_config_change (below, refuse, NULL, &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE);
  g_clear_error (&error);
  g_assert_cmpint (g_stat (below, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_autoptr(GKeyFile) again = peal_config_load (below, &error);
  g_autofree char *password = g_key_file_get_string (again, "account a@b", "password", NULL);
  g_assert_cmpstr (password, ==, " spaces = and # signs ");
  g_unlink (below);
  g_rmdir (folder);
}

/* --- help in its forms --- */

/* How many lines of @text hold the definition of --@name: the pattern is that of the form. */
static guint
definitions (const char *text, const char *pattern, const char *name)
{
  g_autofree char *filled = g_strdup_printf (pattern, name);
  g_autoptr(GRegex) regex = g_regex_new (filled, G_REGEX_MULTILINE, 0, NULL);
  g_autoptr(GMatchInfo) match = NULL;
  guint count = 0;

  for (g_regex_match (regex, text, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL))
    count++;
  return count;
}

static char *
troff_name (const char *name)
{
  g_auto(GStrv) parts = g_strsplit (name, "-", -1);

  return g_strjoinv ("\\\\-", parts);
}

static void
every_option_once (void)
{
  for (const PealCommand *command = peal_commands; command->name; command++) {
    g_autofree char *text = peal_help_text (command, 0), *man = peal_help_man (command);
    for (const PealOption *option = peal_options_table; option->name; option++) {
      guint expected = peal_option_is_of (option, command->name) ? 1 : 0;
      g_autofree char *troff = troff_name (option->name);
      g_assert_cmpuint (definitions (text, "^  (-. ?, )?--%s( |$)", option->name), ==, expected);
      g_assert_cmpuint (definitions (man, "^\\\\fB(\\\\-., )?\\\\-\\\\-%s\\\\fR", troff), ==,
                        expected);
    }
  }
}

/* Every verb and key has its line in the help and the manual of the commands that hear them, and
 * nowhere else. */
static void
every_verb_and_key (void)
{
  for (const PealCommand *command = peal_commands; command->name; command++) {
    g_autofree char *text = peal_help_text (command, 0), *man = peal_help_man (command);
    gboolean answers = g_str_equal (command->name, "answer");
    for (const PealVerb *verb = peal_verbs; verb->name; verb++) {
      guint expected = command->calls && (!verb->commands || answers) ? 1 : 0;
      g_assert_cmpuint (definitions (text, "^  %s( .*)?  +[a-z]", verb->name), ==, expected);
      g_assert_cmpuint (definitions (man, "^\\\\fB%s( .*)?\\\\fR$", verb->name), ==, expected);
    }
    for (const PealVerbKey *key = peal_verb_keys; key->keys; key++)
      g_assert_true (!command->calls || (key->commands && !answers) || strstr (text, key->help));
    g_assert_true (!!strstr (man, ".SH KEYS\n") == command->calls);
    g_assert_true (!!strstr (man, ".SH STANDARD INPUT\n") == command->calls);
  }
}

/* No line is wider than the terminal, but for a word that cannot be broken. */
static void
help_fits (void)
{
  for (guint columns = 20; columns <= 130; columns += 5) {
    for (const PealCommand *command = peal_commands; command->name; command++) {
      g_autofree char *text = peal_help_text (command, columns);
      g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
      for (char **line = lines; *line; line++) {
        const char *words = *line + strspn (*line, " ");
        gsize length = strlen (words);
        gboolean one_word = !strchr (words, ' ') ||
                            (length > 2 && strchr (words, ' ') == words + length - 2) ||
                            g_str_has_prefix (words, "-");
        g_assert_true (one_word || g_utf8_strlen (*line, -1) < MIN (columns, 80));
      }
    }
  }
}

static void
completions_tell_all (void)
{
  static const char *const patterns[] = {
    [PEAL_SHELL_BASH] = "--%s ",
    [PEAL_SHELL_ZSH] = "'\\*?--%s(=|\\[)",
    [PEAL_SHELL_FISH] = " -l %s ",
  };

  for (PealShell shell = PEAL_SHELL_BASH; shell <= PEAL_SHELL_FISH; shell++) {
    g_autofree char *text = peal_help_completion (shell);
    for (const PealOption *option = peal_options_table; option->name; option++) {
      guint expected = option->commands ? 0 : 1;
      for (const PealCommand *command = peal_commands; option->commands && command->name; command++)
        expected += peal_option_is_of (option, command->name) ? 1 : 0;
      if (shell == PEAL_SHELL_FISH)
        expected = MIN (expected, 1);
      g_assert_cmpuint (definitions (text, patterns[shell], option->name), ==, expected);
    }
    for (const PealCommand *command = peal_commands; command->name; command++)
      g_assert_nonnull (strstr (text, command->name));
  }
}

/* Runs @program on a file that holds @text; its output must be empty. */
static void
accepts (const char *program, const char *text)
{
  g_autoptr(Home) home = home_new (text);
  g_autofree char *line = g_strdup_printf ("%s %s", program, home->path), *out = NULL, *err = NULL;
  int status;

  g_assert_true (g_spawn_command_line_sync (line, &out, &err, &status, NULL));
  g_assert_cmpstr (err, ==, "");
  g_assert_cmpint (status, ==, 0);
}

static void
manuals_are_clean (void)
{
  g_autofree char *groff = g_find_program_in_path ("groff"),
                  *bash = g_find_program_in_path ("bash");
  g_autofree char *whole = peal_help_man (NULL),
                  *completion = peal_help_completion (PEAL_SHELL_BASH);

  if (groff)
    accepts ("groff -man -ww -z", whole);
  for (const PealCommand *command = peal_commands; groff && command->name; command++) {
    g_autofree char *man = peal_help_man (command);
    accepts ("groff -man -ww -z", man);
  }
  if (bash)
    accepts ("bash -n", completion);
  if (!groff || !bash)
    g_test_skip ("groff or bash is not here");
}

/* Each command has its manual page in the build. */
static void
pages_are_built (void)
{
  g_autofree char *path = g_build_filename (
      g_getenv ("PEAL_SOURCE") ? g_getenv ("PEAL_SOURCE") : ".", "cli", "meson.build", NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  const char *names = strstr (text, "command_names = [");
  g_assert_nonnull (names);
  for (const PealCommand *command = peal_commands; command->name; command++) {
    g_autofree char *quoted = g_strdup_printf ("'%s'", command->name);
    g_assert_nonnull (strstr (names, quoted));
  }
}

int
main (int argc, char **argv)
{
  static const char *const ours[] = { "PEAL_JID", "PEAL_PASSWORD", "PEAL_SERVER", "PEAL_CA",
                                      "PEAL_CONFIG" };

  for (gsize i = 0; i < G_N_ELEMENTS (ours); i++)
    g_unsetenv (ours[i]);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/options/values", values);
  g_test_add_func ("/cli/options/last-word-wins", last_word_wins);
  g_test_add_func ("/cli/options/mistakes", mistakes);
  g_test_add_func ("/cli/options/help-is-always-there", help_is_always_there);
  g_test_add_func ("/cli/options/strongest-source", strongest_source);
  g_test_add_func ("/cli/options/mistakes-in-the-file", mistakes_in_the_file);
  g_test_add_func ("/cli/account/file-with-secrets", file_with_secrets);
  g_test_add_func ("/cli/account/where-passwords-come-from", where_passwords_come_from);
  g_test_add_func ("/cli/account/which", which_account);
  g_test_add_func ("/cli/account/saved-for-us-alone", saved_for_us_alone);
  g_test_add_func ("/cli/help/every-option-once", every_option_once);
  g_test_add_func ("/cli/help/every-verb-and-key", every_verb_and_key);
  g_test_add_func ("/cli/help/fits", help_fits);
  g_test_add_func ("/cli/help/completions", completions_tell_all);
  g_test_add_func ("/cli/help/manuals-are-clean", manuals_are_clean);
  g_test_add_func ("/cli/help/pages-are-built", pages_are_built);
  return g_test_run ();
}
