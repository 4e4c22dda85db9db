/* The rows of verbs and keys, and the one way in for both. */
// SPDX-License-Identifier: MIT
#include "cli/verbs.h"

#include <string.h>

#include "cli/command.h"
#include "media/dtmf.h"

/* --- what they do --- */

static gboolean
wrong (GError **error, const char *format, const char *what)
{
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, format, what);
  return FALSE;
}

/* "toggle", for a key that does and undoes; @now is what holds. */
static gboolean
wanted (const char *argument, gboolean now, gboolean *value, GError **error)
{
  *value = !strcmp (argument, "toggle") ? !now : TRUE;
  return !*argument || !strcmp (argument, "toggle") ||
         wrong (error, "\"%s\": only toggle may follow", argument);
}

static gboolean
none (const char *argument, GError **error)
{
  return !*argument || wrong (error, "\"%s\": nothing may follow", argument);
}

static gboolean
mute (PealPhone *phone, const char *argument, GError **error)
{
  gboolean value;

  return wanted (argument, peal_phone_is (phone, PEAL_CONTROL_MUTE), &value, error) &&
         peal_phone_control (phone, PEAL_CONTROL_MUTE, value, error);
}

static gboolean
unmute (PealPhone *phone, const char *argument, GError **error)
{
  return none (argument, error) && peal_phone_control (phone, PEAL_CONTROL_MUTE, FALSE, error);
}

static gboolean
hold (PealPhone *phone, const char *argument, GError **error)
{
  gboolean value;

  return wanted (argument, peal_phone_is (phone, PEAL_CONTROL_HOLD), &value, error) &&
         peal_phone_control (phone, PEAL_CONTROL_HOLD, value, error);
}

static gboolean
unhold (PealPhone *phone, const char *argument, GError **error)
{
  return none (argument, error) && peal_phone_control (phone, PEAL_CONTROL_HOLD, FALSE, error);
}

static gboolean
video (PealPhone *phone, const char *argument, GError **error)
{
  gboolean on =
      !strcmp (argument, "on") || (!strcmp (argument, "toggle") && !peal_phone_shows (phone));

  if (*argument && strcmp (argument, "toggle") && strcmp (argument, "on") &&
      strcmp (argument, "off"))
    return wrong (error, "\"%s\": on, off or toggle may follow", argument);
  return peal_phone_video (phone, on || !*argument, error);
}

static gboolean
dtmf (PealPhone *phone, const char *argument, GError **error)
{
  return peal_dtmf_check (argument, error) && peal_phone_dtmf (phone, argument, error);
}

/* 0: none was named. */
static gboolean
number (const char *argument, guint *value, GError **error)
{
  guint64 read = 0;

  if (*argument && !g_ascii_string_to_unsigned (argument, 10, 1, 99, &read, NULL))
    return wrong (error, "\"%s\" is no number of a call that rings", argument);
  *value = (guint) read;
  return TRUE;
}

static gboolean
accept_one (PealPhone *phone, const char *argument, GError **error)
{
  guint which;

  return number (argument, &which, error) && peal_phone_accept (phone, which, error);
}

static gboolean
decline (PealPhone *phone, const char *argument, GError **error)
{
  guint which;

  return number (argument, &which, error) && peal_phone_decline (phone, which, error);
}

static gboolean
choose (PealPhone *phone, const char *argument, GError **error)
{
  guint which;

  return number (argument, &which, error) && peal_phone_choose (phone, which, error);
}

static gboolean
hang_up (PealPhone *phone, const char *argument, GError **error)
{
  return none (argument, error) && peal_phone_hang_up (phone, error);
}

static gboolean
stats (PealPhone *phone, const char *argument, GError **error)
{
  return none (argument, error) && peal_phone_tell_figures (phone, error);
}

static gboolean
help (PealPhone *phone, const char *argument, GError **error)
{
  if (*argument && strcmp (argument, "keys") != 0)
    return wrong (error, "\"%s\": only keys may follow", argument);
  peal_phone_tell_help (phone, *argument != 0);
  return TRUE;
}

/* --- the rows --- */

// clang-format off
const PealVerb peal_verbs[] = {
  { "accept", "[NUMBER]", "answer", "take the call that rings, or the one of that number", accept_one },
  { "decline", "[NUMBER]", "answer", "decline the call that rings, or the one of that number", decline },
  { "choose", "NUMBER", "answer", "mean the call of that number with the next accept or decline", choose },
  { "mute", "[toggle]", NULL, "send silence instead of your sound", mute },
  { "unmute", "", NULL, "send your sound again", unmute },
  { "hold", "[toggle]", NULL, "put the call on hold: nothing is sent or played", hold },
  { "unhold", "", NULL, "take the call up again", unhold },
  { "video", "[on|off|toggle]", NULL, "show your picture, or stop to", video },
  { "dtmf", "DIGITS", NULL, "dial in the call: 0-9 * # A-D, a comma waits a second", dtmf },
  { "stats", "", NULL, "tell all numbers of the call", stats },
  { "hangup", "", NULL, "end the call, or give up calling", hang_up },
  { "help", "[keys]", NULL, "list these lines, or the keys", help },
  { NULL },
};

const PealVerbKey peal_verb_keys[] = {
  { "a", "accept", "answer", NULL, "accept the call that rings" },
  { "d", "decline", "answer", NULL, "decline it" },
  { "123456789", "choose %c", "answer", "1-9", "where several ring: which one is meant" },
  { "m", "mute toggle", NULL, NULL, "mute and unmute" },
  { "v", "video toggle", NULL, NULL, "your picture on and off" },
  { "h", "hold toggle", NULL, NULL, "hold and resume" },
  { "0123456789*#", "dtmf %c", NULL, "0-9 * #", "dial in the call (DTMF)" },
  { "s", "stats", NULL, NULL, "all numbers of the call" },
  { "?", "help keys", NULL, NULL, "list the keys" },
  { "q", "hangup", NULL, NULL, "hang up" },
  { NULL },
};
// clang-format on

/* --- the way in --- */

static const PealVerb *
find (const char *name)
{
  for (const PealVerb *verb = peal_verbs; verb->name; verb++)
    if (!strcmp (verb->name, name))
      return verb;
  return NULL;
}

static gboolean
unknown (const char *name, GError **error)
{
  const char *names[G_N_ELEMENTS (peal_verbs)];
  guint count = 0;

  for (const PealVerb *verb = peal_verbs; verb->name; verb++)
    names[count++] = verb->name;
  names[count] = NULL;
  const char *nearest = peal_options_nearest (name, names);
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "there is no \"%.40s\" to do in a call; %s%s",
               name, nearest ? "did you mean " : "help lists what there is",
               nearest ? nearest : "");
  return FALSE;
}

void
peal_verbs_say (PealPhone *phone, const char *line)
{
  g_auto(GStrv) parts = g_strsplit_set (line, " \t", 2);
  const PealVerb *verb = find (parts[0]);
  g_autoptr(GError) error = NULL;

  gboolean done = verb ? verb->run (phone, parts[1] ? g_strstrip (parts[1]) : "", &error)
                       : unknown (parts[0], &error);
  if (!done)
    peal_phone_tell_error (phone, error);
}

static gboolean
belongs (const char *commands, const char *name)
{
  return !commands || !strcmp (commands, name);
}

void
peal_verbs_press (PealPhone *phone, char key)
{
  gboolean rings = peal_phone_ringing (phone) > 0 && !peal_phone_talks (phone);

  for (const PealVerbKey *row = peal_verb_keys; row->keys; row++) {
    gboolean chooses = g_str_has_prefix (row->line, "choose");
    if (!key || !strchr (row->keys, key) || (chooses && !rings) ||
        !belongs (row->commands, peal_phone_command (phone)))
      continue;
    g_auto(GStrv) parts = g_strsplit (row->line, "%c", 2);
    const char text[] = { key, 0 };
    g_autofree char *line = g_strjoinv (text, parts);
    peal_verbs_say (phone, line);
    return;
  }
}

/* --- help --- */

static void
entry (GString *out, const char *left, const char *right)
{
  g_string_append_printf (out, "%s%s\t%s", out->len ? "\n" : "", left, right);
}

char *
peal_verbs_keys_help (const char *name)
{
  g_autoptr(GString) out = g_string_new (NULL);

  for (const PealVerbKey *row = peal_verb_keys; row->keys; row++)
    if (belongs (row->commands, name))
      entry (out, row->name ? row->name : row->keys, row->help);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
peal_verbs_lines_help (const char *name)
{
  g_autoptr(GString) out = g_string_new (NULL);

  for (const PealVerb *verb = peal_verbs; verb->name; verb++) {
    g_autofree char *left =
        g_strconcat (verb->name, *verb->arguments ? " " : "", verb->arguments, NULL);
    if (belongs (verb->commands, name))
      entry (out, left, verb->help);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
