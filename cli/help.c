/* Help as text, as wide as the terminal, and at most so wide that it reads well. */
// SPDX-License-Identifier: MIT
#include "cli/help.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/verbs.h"

#define WIDEST 79
#define NARROW 60 /* below, explanations stand under what they explain */
#define COLUMN 26 /* where they begin */
#define INDENT 6  /* where they begin then, and where a broken example goes on */

typedef struct {
  GString *out;
  guint width, column;
} Page;

const PealVariable peal_help_variables[] = {
  { "PEAL_PASSWORD", "the password of the account" },
  { "PEAL_TURN_PASSWORD", "the password for the services of --turn" },
  { "NO_COLOR", "when set to anything, no colours are used" },
  { "XDG_CONFIG_HOME", "the folder of the config, instead of ~/.config" },
  { NULL },
};

char *
peal_help_causes_of (int status)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (PealCause cause = 0; cause < PEAL_N_CAUSES; cause++)
    if (peal_cause_status (cause) == status)
      g_string_append_printf (text, "%s%s", text->len ? ", " : "", peal_cause_word (cause));
  return text->len ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/* Appends @text in lines from @column on; the cursor stands at @at. */
static void
wrap (const Page *page, const char *text, guint column, guint at)
{
  g_auto(GStrv) words = g_strsplit (text, " ", -1);

  for (char **word = words; *word; word++) {
    guint length = (guint) g_utf8_strlen (*word, -1);
    gboolean fresh = at <= column;
    if (!fresh && at + 1 + length > page->width) {
      g_string_append_c (page->out, '\n');
      at = 0;
      fresh = TRUE;
    }
    guint spaces = fresh ? column - at : 1;
    g_string_append_printf (page->out, "%*s%s", (int) spaces, "", *word);
    at += spaces + length;
  }
  g_string_append_c (page->out, '\n');
}

/* A command that is too long goes on in the next line as a shell reads it. */
static void
broken (const Page *page, const char *command)
{
  g_auto(GStrv) words = g_strsplit (command, " ", -1);
  guint at = 1;

  g_string_append_c (page->out, ' ');
  for (char **word = words; *word; word++) {
    guint length = (guint) g_utf8_strlen (*word, -1);
    gboolean last = !word[1];
    if (word != words && at + 1 + length + (last ? 0 : 2) > page->width) {
      g_string_append_printf (page->out, " \\\n%*s", INDENT - 1, "");
      at = INDENT - 1;
    }
    g_string_append_printf (page->out, " %s", *word);
    at += 1 + length;
  }
}

/* "  left    explanation", the explanation on its own line where left is long. */
static void
entry (const Page *page, const char *left, const char *right)
{
  guint at = (guint) g_utf8_strlen (left, -1) + 2;

  if (at > page->width)
    broken (page, left);
  else
    g_string_append_printf (page->out, "  %s", left);
  if (at >= page->column) {
    g_string_append_c (page->out, '\n');
    at = 0;
  }
  wrap (page, right, page->column, at);
}

static void
title (const Page *page, const char *words)
{
  g_autofree char *line = g_strconcat (words, ":", NULL);

  g_string_append_c (page->out, '\n');
  wrap (page, line, 0, 0);
}

static char *
words_of (const PealOption *option)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (const char *const *word = option->words; word && *word; word++)
    if (**word)
      g_string_append_printf (text, "%s%s", text->len ? ", " : "", *word);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
option_entry (const Page *page, const PealOption *option)
{
  g_autofree char *left = NULL;
  g_autoptr(GString) right = g_string_new (option->help);

  if (option->letter)
    left = g_strdup_printf ("-%c, --%s", option->letter, option->name);
  else
    left = g_strdup_printf ("--%s%s%s", option->name, option->argument ? " " : "",
                            option->argument ? option->argument : "");
  if (option->words) {
    g_autofree char *words = words_of (option);
    g_string_append_printf (right, ": %s", words);
  }
  if (option->fallback)
    g_string_append_printf (right, " (default: %s)", option->fallback);
  if (option->environment)
    g_string_append_printf (right, " [%s]", option->environment);
  entry (page, left, right->str);
}

static void
options_of (const Page *page, const char *words, const char *command)
{
  gboolean any = FALSE;

  for (const PealOption *option = peal_options_table; option->name; option++) {
    if (command ? !option->commands || !peal_option_is_of (option, command)
                : option->commands != NULL)
      continue;
    if (!any)
      title (page, words);
    any = TRUE;
    option_entry (page, option);
  }
}

/* Lines "left\tright". */
static void
entries (const Page *page, const char *words, const char *lines)
{
  g_auto(GStrv) all = g_strsplit (lines ? lines : "", "\n", -1);

  if (*all)
    title (page, words);
  for (char **line = all; *line; line++) {
    g_auto(GStrv) parts = g_strsplit (*line, "\t", 2);
    entry (page, parts[0], parts[1] ? parts[1] : "");
  }
}

static void
all_commands (const Page *page)
{
  wrap (page, "peal: encrypted voice and video calls over XMPP", 0, 0);
  g_string_append_c (page->out, '\n');
  wrap (page, "Usage: peal COMMAND [ARGUMENT...] [OPTION...]", 0, 0);
  title (page, "Commands");
  for (const PealCommand *command = peal_commands; command->name; command++)
    entry (page, command->name, command->help);
  options_of (page, "Options everywhere, before or after the command", NULL);
  title (page, "Environment");
  for (const PealVariable *variable = peal_help_variables; variable->name; variable++)
    entry (page, variable->name, variable->help);
  g_string_append_c (page->out, '\n');
  wrap (page, "`peal help COMMAND` explains a command and its options.", 0, 0);
}

static void
about (const Page *page, const PealCommand *command)
{
  g_autofree char *what = g_strdup_printf ("peal %s: %s", command->name, command->help);
  g_autofree char *usage = g_strdup_printf ("Usage: peal %s%s%s [OPTION...]", command->name,
                                            *command->arguments ? " " : "", command->arguments);
  g_auto(GStrv) paragraphs = g_strsplit (command->story, "\n\n", -1);

  wrap (page, what, 0, 0);
  g_string_append_c (page->out, '\n');
  wrap (page, usage, 0, 0);
  for (char **paragraph = paragraphs; *paragraph; paragraph++) {
    g_string_append_c (page->out, '\n');
    wrap (page, *paragraph, 0, 0);
  }
}

static void
one_command (const Page *page, const PealCommand *command)
{
  about (page, command);
  options_of (page, "Options", command->name);
  if (command->calls) {
    g_autofree char *keys = peal_verbs_keys_help (command->name);
    g_autofree char *lines = peal_verbs_lines_help (command->name);
    entries (page, "Keys, on a terminal", keys);
    entries (page, "Lines of standard input, where it is neither a terminal nor sound", lines);
  }
  options_of (page, "Options everywhere", NULL);
  entries (page, "Examples", command->examples);
}

char *
peal_help_text (const PealCommand *command, guint columns)
{
  const Page page = {
    .out = g_string_new (NULL),
    .width = columns ? MIN (columns - 1, WIDEST) : WIDEST,
    .column = columns && columns < NARROW ? INDENT : COLUMN,
  };

  if (command)
    one_command (&page, command);
  else
    all_commands (&page);
  return g_string_free (page.out, FALSE);
}

guint
peal_help_columns (void)
{
  struct winsize size = { .ws_col = 0 };

  return ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
