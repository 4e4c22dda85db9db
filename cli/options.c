/* Reading options: argv first, then for each row of the table the strongest source that says
 * something.
 *
 * The file can only be read once --config is known, and its section only once --account is, so
 * those two rows go first. */
// SPDX-License-Identifier: MIT
#include "cli/options.h"

#include "cli/account.h"
#include "cli/command.h"
#include "cli/password.h"
#include "signaling/wire/jid.h"

typedef struct {
  PealOptions *options;
  GHashTable *said; /* PealOption -> GPtrArray of char *: values from argv, in order */
  GPtrArray *words; /* of char *: no options; the first is the command */
  char *section;    /* of the config: "account JID", or NULL */
} Reading;

static gboolean usage (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Always FALSE. */
static gboolean
usage (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, text);
  return FALSE;
}

/* --- argv --- */

static const PealOption *
find_option (const char *name, char letter)
{
  const PealOption *option = peal_options_table;

  while (option->name && (name ? !g_str_equal (option->name, name) : option->letter != letter))
    option++;
  return option->name ? option : NULL;
}

static gboolean
takes_value (const PealOption *option)
{
  return option->kind != PEAL_OPTION_FLAG && option->kind != PEAL_OPTION_COUNT;
}

static void
say (Reading *reading, const PealOption *option, const char *value)
{
  GPtrArray *values = g_hash_table_lookup (reading->said, option);

  if (!values) {
    values = g_ptr_array_new_with_free_func (g_free);
    g_hash_table_insert (reading->said, (gpointer) option, values);
  }
  g_ptr_array_add (values, g_strdup (value));
}

/* The nearest option of the command, where it is known already. */
static const char *
nearest_option (const Reading *reading, const char *name)
{
  const char *command = reading->words->len ? reading->words->pdata[0] : NULL;
  g_autoptr(GPtrArray) names = g_ptr_array_new ();

  for (const PealOption *option = peal_options_table; option->name; option++)
    if (!command || peal_option_is_of (option, command))
      g_ptr_array_add (names, (char *) option->name);
  g_ptr_array_add (names, NULL);
  return peal_options_nearest (name, (const char *const *) names->pdata);
}

static gboolean
unknown_option (const Reading *reading, const char *name, GError **error)
{
  const char *near = nearest_option (reading, name);

  if (near)
    return usage (error, "there is no option --%s; did you mean --%s?", name, near);
  return usage (error, "there is no option --%s; `peal help` lists what there is", name);
}

/* --name, --name=value, --name value. @next is the following argument or NULL; *@used tells whether
 * it was taken. */
static gboolean
read_long (Reading *reading, const char *text, const char *next, gboolean *used, GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *name = equals ? g_strndup (text, (gsize) (equals - text)) : g_strdup (text);
  const PealOption *option = find_option (name, 0);

  if (!option)
    return unknown_option (reading, name, error);
  if (!takes_value (option)) {
    if (equals)
      return usage (error, "--%s takes no value, but was given \"%s\"", name, equals + 1);
    say (reading, option, "true");
    return TRUE;
  }
  if (!equals && !next)
    return usage (error, "--%s needs a value: --%s %s", name, name, option->argument);
  *used = !equals;
  say (reading, option, equals ? equals + 1 : next);
  return TRUE;
}

static gboolean
read_letters (Reading *reading, const char *letters, GError **error)
{
  for (; *letters; letters++) {
    const PealOption *option = find_option (NULL, *letters);
    if (!option)
      return usage (error, "there is no option -%c; `peal help` lists what there is", *letters);
    say (reading, option, "true");
  }
  return TRUE;
}

static gboolean
read_arguments (Reading *reading, int argc, char *const *argv, GError **error)
{
  gboolean plain = FALSE; /* after "--" */

  for (int i = 1; i < argc; i++) {
    gboolean used = FALSE;
    if (!g_utf8_validate (argv[i], -1, NULL))
      return usage (error, "argument %d is not valid UTF-8", i);
    if (plain || argv[i][0] != '-' || !argv[i][1]) {
      g_ptr_array_add (reading->words, g_strdup (argv[i]));
      continue;
    }
    plain = g_str_equal (argv[i], "--");
    if (plain)
      continue;
    gboolean good = argv[i][1] == '-' ? read_long (reading, argv[i] + 2,
                                                   i + 1 < argc ? argv[i + 1] : NULL, &used, error)
                                      : read_letters (reading, argv[i] + 1, error);
    if (!good)
      return FALSE;
    i += used;
  }
  return TRUE;
}

/* --- the command --- */

static const char *
nearest_command (const char *name)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();

  for (const PealCommand *command = peal_commands; command->name; command++)
    g_ptr_array_add (names, (char *) command->name);
  g_ptr_array_add (names, NULL);
  return peal_options_nearest (name, (const char *const *) names->pdata);
}

static gboolean
check_command (Reading *reading, GError **error)
{
  if (!reading->words->len)
    return TRUE;
  g_autofree char *name = g_ptr_array_steal_index (reading->words, 0);
  reading->options->command = peal_command_find (name);
  if (reading->options->command)
    return TRUE;
  const char *near = nearest_command (name);
  if (near)
    return usage (error, "there is no command \"%s\"; did you mean %s?", name, near);
  return usage (error, "there is no command \"%s\"; `peal help` lists them", name);
}

static gboolean
check_fit (const Reading *reading, GError **error)
{
  const PealCommand *command = reading->options->command;
  GHashTableIter all;
  gpointer key;

  if (!command)
    return TRUE;
  g_hash_table_iter_init (&all, reading->said);
  while (g_hash_table_iter_next (&all, &key, NULL)) {
    const PealOption *option = key;
    if (!peal_option_is_of (option, command->name))
      return usage (error, "--%s is no option of `peal %s`; `peal help %s` lists its own",
                    option->name, command->name, command->name);
  }
  if (g_hash_table_contains (reading->said, find_option ("help", 0)))
    return TRUE;
  if (reading->words->len < command->least || reading->words->len > command->most)
    return usage (error, "`peal %s` takes %s; `peal help %s` explains it", command->name,
                  *command->arguments ? command->arguments : "no arguments", command->name);
  return TRUE;
}

/* --- values --- */

/* Where a value comes from, for a sentence about it: "--duration", "PEAL_CA", "duration= in the
 * config". */
typedef struct {
  const char *source;
  const char *text;
} Value;

static gboolean
bad_value (const PealOption *option, const Value *value, GError **error)
{
  if (!option->words)
    return usage (error, "%s \"%s\": not a number of 0 or more", value->source, value->text);
  g_autoptr(GString) list = g_string_new (NULL);
  for (const char *const *word = option->words; *word; word++)
    if (**word)
      g_string_append_printf (list, "%s%s", list->len ? ", " : "", *word);
  const char *near = peal_options_nearest (value->text, option->words);
  if (near)
    return usage (error, "%s \"%s\": did you mean %s? It is one of %s", value->source, value->text,
                  near, list->str);
  return usage (error, "%s \"%s\": not one of %s", value->source, value->text, list->str);
}

static gboolean
set_number (const PealOption *option, gpointer member, const Value *value, GError **error)
{
  char *end;
  double number = g_ascii_strtod (value->text, &end);

  if (end == value->text || *end || !(number >= 0 && number <= 1e9))
    return bad_value (option, value, error);
  if (option->kind == PEAL_OPTION_NUMBER)
    *(double *) member = number;
  else if (number == (int) number)
    *(int *) member = (int) number;
  else
    return bad_value (option, value, error);
  return TRUE;
}

static gboolean
set_flag (const PealOption *option, int *member, const Value *value, GError **error)
{
  gboolean yes = g_str_equal (value->text, "true");

  if (!yes && !g_str_equal (value->text, "false"))
    return usage (error, "%s \"%s\": neither true nor false", value->source, value->text);
  *member = option->kind == PEAL_OPTION_COUNT ? *member + yes : yes;
  return TRUE;
}

static gboolean
set_word (const PealOption *option, gpointer member, const Value *value, GError **error)
{
  int word = 0;

  while (option->words && option->words[word] &&
         (!*value->text || !g_str_equal (option->words[word], value->text)))
    word++;
  if (option->words && !option->words[word])
    return bad_value (option, value, error);
  if (option->kind == PEAL_OPTION_WORD) {
    *(int *) member = word;
    return TRUE;
  }
  g_free (*(char **) member);
  *(char **) member = g_strdup (value->text);
  return TRUE;
}

static void
add_to_list (char ***member, const char *text)
{
  guint length = *member ? g_strv_length (*member) : 0;

  *member = g_renew (char *, *member, length + 2);
  (*member)[length] = g_strdup (text);
  (*member)[length + 1] = NULL;
}

static gboolean
set (Reading *reading, const PealOption *option, const Value *value, GError **error)
{
  gpointer member = (guint8 *) reading->options + option->offset;

  switch (option->kind) {
  case PEAL_OPTION_FLAG:
  case PEAL_OPTION_COUNT:
    return set_flag (option, member, value, error);
  case PEAL_OPTION_NUMBER:
  case PEAL_OPTION_INTEGER:
    return set_number (option, member, value, error);
  case PEAL_OPTION_LIST:
    add_to_list (member, value->text);
    return TRUE;
  case PEAL_OPTION_TEXT:
  case PEAL_OPTION_WORD:
    return set_word (option, member, value, error);
  }
  g_assert_not_reached ();
}

/* Sets @option from @section of the file. *@found tells whether it says anything. */
static gboolean
set_from_file (Reading *reading, const PealOption *option, const char *section, gboolean *found,
               GError **error)
{
  GKeyFile *file = reading->options->file;
  g_autofree char *source = g_strdup_printf ("%s= in [%s] of the config", option->name, section);
  g_auto(GStrv) texts = NULL;

  *found = peal_option_in_file (option) && g_key_file_has_key (file, section, option->name, NULL);
  if (!*found)
    return TRUE;
  if (option->kind == PEAL_OPTION_LIST) {
    texts = g_key_file_get_string_list (file, section, option->name, NULL, NULL);
  } else {
    texts = g_new0 (char *, 2);
    texts[0] = g_key_file_get_string (file, section, option->name, NULL);
  }
  if (!texts || !texts[0])
    return usage (error, "%s cannot be read", source);
  for (char **text = texts; *text; text++)
    if (!set (reading, option, &(Value) { source, *text }, error))
      return FALSE;
  return TRUE;
}

static gboolean
set_from_argv (Reading *reading, const PealOption *option, GPtrArray *values, GError **error)
{
  g_autofree char *source = g_strconcat ("--", option->name, NULL);
  guint first =
      option->kind == PEAL_OPTION_LIST || option->kind == PEAL_OPTION_COUNT ? 0 : values->len - 1;

  for (guint i = first; i < values->len; i++)
    if (!set (reading, option, &(Value) { source, values->pdata[i] }, error))
      return FALSE;
  return TRUE;
}

/* A flag beats the environment, the environment beats the file. */
static gboolean
resolve (Reading *reading, const PealOption *option, GError **error)
{
  GPtrArray *values = g_hash_table_lookup (reading->said, option);
  const char *variable = option->environment ? g_getenv (option->environment) : NULL;
  gboolean found = FALSE;

  if (values)
    return set_from_argv (reading, option, values, error);
  if (variable && *variable)
    return set (reading, option, &(Value) { option->environment, variable }, error);
  if (reading->section && !set_from_file (reading, option, reading->section, &found, error))
    return FALSE;
  if (!found && !set_from_file (reading, option, "defaults", &found, error))
    return FALSE;
  if (!found && option->fallback)
    return set (reading, option, &(Value) { option->name, option->fallback }, error);
  return TRUE;
}

/* Who looks for what is wrong finds that the config is, and is told of the rest as well. */
static gboolean
may_do_without_file (const Reading *reading)
{
  const PealCommand *command = reading->options->command;

  return g_str_equal (command->name, "doctor");
}

static gboolean
load_file (Reading *reading, GError **error)
{
  PealOptions *options = reading->options;
  g_autofree char *path = NULL;

  if (!resolve (reading, find_option ("config", 0), error))
    return FALSE;
  path = peal_config_path (options->config);
  g_key_file_unref (options->file);
  options->file = peal_config_load (path, may_do_without_file (reading) ? NULL : error);
  if (!options->file && may_do_without_file (reading))
    options->file = g_key_file_new ();
  return options->file != NULL;
}

/* `peal account` works on the file itself, so no account of it may lend its settings to another. */
static gboolean
choose_section (Reading *reading, GError **error)
{
  PealOptions *options = reading->options;
  g_auto(GStrv) accounts = peal_account_list (options->file);

  if (!resolve (reading, find_option ("account", 0), error))
    return FALSE;
  if (options->command && g_str_equal (options->command->name, "account"))
    return TRUE;
  if (!options->account && accounts[0] && !accounts[1])
    options->account = g_strdup (accounts[0]);
  g_autofree char *jid = options->account ? peal_jid_prepare (options->account, NULL) : NULL;
  g_autofree char *bare = jid ? peal_jid_bare (jid) : NULL;
  reading->section = bare ? g_strconcat ("account ", bare, NULL) : NULL;
  return TRUE;
}

static gboolean
resolve_all (Reading *reading, GError **error)
{
  const PealCommand *command = reading->options->command;

  for (const PealOption *option = peal_options_table; option->name; option++) {
    if (g_str_equal (option->name, "config") || g_str_equal (option->name, "account"))
      continue;
    if (peal_option_is_of (option, command ? command->name : NULL) &&
        !resolve (reading, option, error))
      return FALSE;
  }
  return TRUE;
}

/* Who asks for help gets it, whatever state the config is in. */
static gboolean
wants_help_only (const Reading *reading)
{
  const PealCommand *command = reading->options->command;

  return !command || g_str_equal (command->name, "help") ||
         g_hash_table_contains (reading->said, find_option ("help", 0)) ||
         g_hash_table_contains (reading->said, find_option ("version", 0));
}

PealOptions *
peal_options_parse (int argc, char *const *argv, GError **error)
{
  g_autoptr(PealOptions) options = g_new0 (PealOptions, 1);
  g_autoptr(GHashTable) said =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  Reading reading = { options, said, words };

  options->file = g_key_file_new ();
  options->arguments = g_new0 (char *, 1);
  options->password = peal_password_from_environment ("PEAL_PASSWORD");
  options->turn_password = peal_password_from_environment ("PEAL_TURN_PASSWORD");
  options->proxy_password = peal_password_from_environment ("PEAL_PROXY_PASSWORD");
  if (!read_arguments (&reading, argc, argv, error) || !check_command (&reading, error) ||
      !check_fit (&reading, error))
    return NULL;
  for (guint i = 0; i < words->len; i++)
    add_to_list (&options->arguments, words->pdata[i]);
  if (!wants_help_only (&reading) &&
      (!load_file (&reading, error) || !choose_section (&reading, error)))
    return NULL;
  gboolean good = resolve_all (&reading, error);
  g_free (reading.section);
  return good ? g_steal_pointer (&options) : NULL;
}

void
peal_options_free (PealOptions *options)
{
  if (!options)
    return;
  for (const PealOption *option = peal_options_table; option->name; option++) {
    gpointer member = (guint8 *) options + option->offset;
    if (option->kind == PEAL_OPTION_TEXT)
      g_free (*(char **) member);
    else if (option->kind == PEAL_OPTION_LIST)
      g_strfreev (*(char ***) member);
  }
  peal_password_free (options->password);
  peal_password_free (options->turn_password);
  peal_password_free (options->proxy_password);
  g_strfreev (options->arguments);
  if (options->file)
    g_key_file_unref (options->file);
  g_free (options);
}
