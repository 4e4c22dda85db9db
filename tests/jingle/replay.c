/* Calls that real programs made; see replay.h. */
// SPDX-License-Identifier: MIT
#include "tests/jingle/replay.h"

#include <string.h>

#define NS_JINGLE "urn:xmpp:jingle:1"
#define NS_INVITE "urn:xmpp:jingle-message:0"
#define NS_RTP    "urn:xmpp:jingle:apps:rtp:1"

static char *
local_part (const char *jid)
{
  return jid ? g_strndup (jid, strcspn (jid, "@/ ")) : NULL;
}

static xmpp_stanza_t *
jingle_of (const ReplayLine *line)
{
  return xmpp_stanza_get_child_by_ns (line->stanza, NS_JINGLE);
}

const char *
replay_action (const ReplayLine *line)
{
  xmpp_stanza_t *jingle = jingle_of (line);
  xmpp_stanza_t *invite = xmpp_stanza_get_child_by_ns (line->stanza, NS_INVITE);

  if (jingle)
    return xmpp_stanza_get_attribute (jingle, "action");
  return invite ? xmpp_stanza_get_name (invite) : NULL;
}

const char *
replay_reason (const ReplayLine *line)
{
  xmpp_stanza_t *jingle = jingle_of (line);
  xmpp_stanza_t *action = jingle ? jingle : xmpp_stanza_get_child_by_ns (line->stanza, NS_INVITE);
  xmpp_stanza_t *reason = action ? xmpp_stanza_get_child_by_name (action, "reason") : NULL;
  xmpp_stanza_t *word = reason ? xmpp_stanza_get_children (reason) : NULL;

  while (word && !xmpp_stanza_get_name (word))
    word = xmpp_stanza_get_next (word);
  return word ? xmpp_stanza_get_name (word) : NULL;
}

gboolean
replay_asks (const ReplayLine *line)
{
  const char *type = xmpp_stanza_get_type (line->stanza);

  return g_str_equal (xmpp_stanza_get_name (line->stanza), "iq") &&
         (g_strcmp0 (type, "get") == 0 || g_strcmp0 (type, "set") == 0);
}

const char *
replay_answer (const Replay *replay, const ReplayLine *line)
{
  const char *id = xmpp_stanza_get_id (line->stanza);

  for (guint i = 0; i < replay->lines->len; i++) {
    const ReplayLine *other = replay->lines->pdata[i];
    const char *type = xmpp_stanza_get_type (other->stanza);
    if (g_str_equal (xmpp_stanza_get_name (other->stanza), "iq") && !replay_asks (other) &&
        g_strcmp0 (xmpp_stanza_get_id (other->stanza), id) == 0 &&
        g_strcmp0 (other->from, line->from) != 0)
      return type;
  }
  return NULL;
}

gboolean
replay_has_media (const ReplayLine *line, const char *media)
{
  xmpp_stanza_t *jingle = jingle_of (line);
  xmpp_stanza_t *content = jingle ? xmpp_stanza_get_children (jingle) : NULL;

  for (; content; content = xmpp_stanza_get_next (content)) {
    xmpp_stanza_t *description = xmpp_stanza_get_child_by_name (content, "description");
    if (description && g_strcmp0 (xmpp_stanza_get_attribute (description, "media"), media) == 0)
      return TRUE;
  }
  return FALSE;
}

gboolean
replay_offers (const Replay *replay, const char *media)
{
  return g_ptr_array_find_with_equal_func (replay->offered, media, g_str_equal, NULL);
}

/* --- reading --- */

/* The comment before a stanza says who sent it: "+1.2 s  alice to bob: …", "OUT t=1.2s iq …". */
static char *
sender_of (const char *comment)
{
  const char *word = comment + strspn (comment, " ");

  if (g_str_has_prefix (word, "OUT"))
    return g_strdup ("me");
  if (*word != '+')
    return NULL;
  word += strcspn (word, "s") + 1; /* "+1.2 s" */
  return local_part (word + strspn (word, " "));
}

static void
free_line (gpointer data)
{
  ReplayLine *line = data;

  g_free (line->from);
  g_free (line->to);
  xmpp_stanza_release (line->stanza);
  g_free (line);
}

static void
add_line (Replay *replay, const char *comment, const char *text)
{
  ReplayLine *line;
  xmpp_stanza_t *stanza;

  if (!g_str_has_prefix (text, "<iq") && !g_str_has_prefix (text, "<message"))
    return;
  stanza = xmpp_stanza_new_from_string (replay->context, text);
  if (!stanza)
    g_error ("no stanza: %s", text);
  line = g_new0 (ReplayLine, 1);
  line->stanza = stanza;
  line->from = xmpp_stanza_get_from (stanza) ? local_part (xmpp_stanza_get_from (stanza))
                                             : sender_of (comment);
  line->to = local_part (xmpp_stanza_get_to (stanza));
  g_ptr_array_add (replay->lines, line);
}

static void
read_lines (Replay *replay, const char *text)
{
  for (const char *at = text; (at = strstr (at, "<!--"));) {
    const char *end = strstr (at, "-->");
    g_assert_nonnull (end);
    const char *next = strstr (end, "<!--"), *last = strstr (end, "</trace>");
    const char *stop = next && (!last || next < last) ? next : last;
    g_autofree char *comment = g_strndup (at + 4, (gsize) (end - at - 4));
    g_autofree char *stanza =
        g_strstrip (g_strndup (end + 3, stop ? (gsize) (stop - end - 3) : strlen (end + 3)));
    add_line (replay, comment, stanza);
    at = end;
  }
}

/* Who "me" is, is written where somebody speaks to him. */
static void
find_me (Replay *replay)
{
  const char *me = NULL;

  for (guint i = 0; i < replay->lines->len; i++) {
    const ReplayLine *line = replay->lines->pdata[i];
    if (!g_str_equal (line->from, "me") && line->to)
      me = line->to;
  }
  for (guint i = 0; me && i < replay->lines->len; i++) {
    ReplayLine *line = replay->lines->pdata[i];
    if (!g_str_equal (line->from, "me"))
      continue;
    g_free (line->from);
    line->from = g_strdup (me);
  }
}

static void
note_media (Replay *replay, xmpp_stanza_t *jingle)
{
  gboolean offer =
      g_strcmp0 (xmpp_stanza_get_attribute (jingle, "action"), "session-initiate") == 0;

  for (xmpp_stanza_t *content = xmpp_stanza_get_children (jingle); content;
       content = xmpp_stanza_get_next (content)) {
    xmpp_stanza_t *description = xmpp_stanza_get_child_by_name (content, "description");
    const char *name = xmpp_stanza_get_attribute (content, "name");
    if (!description || !name)
      continue;
    const char *media = xmpp_stanza_get_attribute (description, "media");
    replay->file |= g_strcmp0 (xmpp_stanza_get_ns (description), NS_RTP) != 0;
    if (media)
      g_hash_table_insert (replay->media, g_strdup (name), g_strdup (media));
    if (media && offer)
      g_ptr_array_add (replay->offered, g_strdup (media));
  }
}

static void
find_call (Replay *replay)
{
  for (guint i = 0; i < replay->lines->len; i++) {
    const ReplayLine *line = replay->lines->pdata[i];
    const char *action = replay_action (line);
    gboolean proposes = g_strcmp0 (action, "propose") == 0;
    if (jingle_of (line))
      note_media (replay, jingle_of (line));
    if (replay->caller || (!proposes && g_strcmp0 (action, "session-initiate") != 0))
      continue;
    xmpp_stanza_t *first = jingle_of (line);
    if (!first)
      first = xmpp_stanza_get_child_by_ns (line->stanza, NS_INVITE);
    replay->proposed = proposes;
    replay->caller = g_strdup (line->from);
    replay->callee = g_strdup (line->to);
    replay->sid = g_strdup (xmpp_stanza_get_attribute (first, proposes ? "id" : "sid"));
  }
}

Replay *
replay_read (const char *path)
{
  Replay *replay = g_new0 (Replay, 1);
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  if (!g_file_get_contents (path, &text, NULL, &error))
    g_error ("%s", error->message);
  replay->context = xmpp_ctx_new (NULL, NULL);
  replay->lines = g_ptr_array_new_with_free_func (free_line);
  replay->offered = g_ptr_array_new_with_free_func (g_free);
  replay->media = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  read_lines (replay, text);
  find_me (replay);
  find_call (replay);
  return replay;
}

void
replay_free (Replay *replay)
{
  g_ptr_array_unref (replay->lines);
  g_hash_table_unref (replay->media);
  g_ptr_array_unref (replay->offered);
  xmpp_ctx_free (replay->context);
  g_free (replay->caller);
  g_free (replay->callee);
  g_free (replay->sid);
  g_free (replay);
}

/* --- saying --- */

static void
replace (xmpp_stanza_t *element, const char *attribute, const char *value)
{
  if (value && xmpp_stanza_get_attribute (element, attribute))
    xmpp_stanza_set_attribute (element, attribute, value);
}

static gboolean
has (xmpp_stanza_t *element, const char *attribute, const char *value)
{
  return g_strcmp0 (xmpp_stanza_get_attribute (element, attribute), value) == 0;
}

static void
rename_content (const Replay *replay, xmpp_stanza_t *element)
{
  static const char *const named[] = { "content", "mute", "unmute", "hold", "unhold", NULL };
  const char *name = xmpp_stanza_get_name (element);

  if (name && g_strv_contains (named, name)) {
    const char *content = xmpp_stanza_get_attribute (element, "name");
    replace (element, "name", content ? g_hash_table_lookup (replay->media, content) : NULL);
  }
}

static void
recast (const Replay *replay, xmpp_stanza_t *element, const ReplayCast *cast)
{
  for (xmpp_stanza_t *child = xmpp_stanza_get_children (element); child;
       child = xmpp_stanza_get_next (child)) {
    if (!xmpp_stanza_get_name (child))
      continue;
    if (cast->sid && has (child, "sid", replay->sid))
      replace (child, "sid", cast->sid);
    if (cast->sid && has (child, "id", replay->sid))
      replace (child, "id", cast->sid);
    if (cast->our_names)
      rename_content (replay, child);
    recast (replay, child, cast);
  }
}

char *
replay_line (const Replay *replay, const ReplayLine *line, const ReplayCast *cast)
{
  xmpp_stanza_t *stanza = xmpp_stanza_copy (line->stanza);
  gboolean by_caller = g_strcmp0 (line->from, replay->caller) == 0;
  char *text;
  size_t length;

  xmpp_stanza_set_from (stanza, cast->speaker);
  xmpp_stanza_set_to (stanza, cast->us);
  xmpp_stanza_set_id (stanza, cast->id);
  xmpp_stanza_t *jingle = xmpp_stanza_get_child_by_ns (stanza, NS_JINGLE);
  if (jingle) {
    replace (jingle, "initiator", by_caller ? cast->speaker : cast->us);
    replace (jingle, "responder", by_caller ? cast->us : cast->speaker);
  }
  recast (replay, stanza, cast);
  g_assert_cmpint (xmpp_stanza_to_text (stanza, &text, &length), ==, 0);
  char *copy = g_strdup (text);
  xmpp_free (replay->context, text);
  xmpp_stanza_release (stanza);
  return copy;
}
