/* Rows of one value: its text, checked against the limits of the row, into the member. */
// SPDX-License-Identifier: MIT
#include "signaling/wire/parse.h"

#include <gio/gio.h>
#include <string.h>

/* Always FALSE. Of @text at most 60 bytes are repeated. */
static gboolean
refuse (const PealParse *parse, const char *text, const char *why, GError **error)
{
  g_autofree char *cut = g_utf8_make_valid (text, MIN (strlen (text), 60));

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "<%s> %s \"%s%s\": %s",
               parse->element->name, parse->field->name ? parse->field->name : "text", cut,
               strlen (text) > 60 ? "…" : "", why);
  return FALSE;
}

/* --- one value from its text --- */

static gboolean
read_string (PealParse *parse, const char *text, GError **error)
{
  gsize max = parse->field->max ? parse->field->max : 1024;

  if (strlen (text) > max)
    return refuse (parse, text, "too long", error);
  if (!*text && parse->field->flags & PEAL_REQUIRED)
    return refuse (parse, text, "empty", error);

  char *copy = g_strdup (text);
  PEAL_MEMBER (char *, parse->value, parse->field) =
      parse->field->flags & PEAL_TRIM ? g_strstrip (copy) : copy;
  return TRUE;
}

/* Digits only: no sign, no white space, no other base. */
static gboolean
read_number (PealParse *parse, const char *text, GError **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 0, parse->field->max, &number, NULL)) {
    g_autofree char *why = g_strdup_printf ("not in 0..%" G_GINT64_FORMAT, parse->field->max);
    return refuse (parse, text, why, error);
  }
  if (parse->field->kind == PEAL_KIND_UINT)
    PEAL_MEMBER (guint32, parse->value, parse->field) = number;
  else
    PEAL_MEMBER (gint64, parse->value, parse->field) = number;
  return TRUE;
}

static gboolean
read_word (PealParse *parse, const char *text, GError **error)
{
  int word = peal_parse_word (parse->field, text);

  if (!word)
    word = parse->field->unknown;
  if (!word)
    return refuse (parse, text, "not a word known here", error);
  PEAL_MEMBER (int, parse->value, parse->field) = word;
  return TRUE;
}

static gboolean
read_boolean (PealParse *parse, const char *text, GError **error)
{
  gboolean yes = strcmp (text, "true") == 0 || strcmp (text, "1") == 0;

  if (!yes && strcmp (text, "false") != 0 && strcmp (text, "0") != 0)
    return refuse (parse, text, "not true, false, 1 or 0", error);
  PEAL_MEMBER (gboolean, parse->value, parse->field) = yes;
  return TRUE;
}

/* --- rows: TRUE when the member was filled, FALSE with @error when what is there is bad --- */

gboolean
peal_parse_attribute (PealParse *parse, GError **error)
{
  const char *text = xmpp_stanza_get_attribute (parse->stanza, parse->field->name);

  /* libstrophe's own parser drops the prefixes of attributes. */
  if (!text && g_str_has_prefix (parse->field->name, "xml:"))
    text = xmpp_stanza_get_attribute (parse->stanza, parse->field->name + strlen ("xml:"));
  if (!text)
    return FALSE;
  switch (parse->field->kind) {
  case PEAL_KIND_STR:
    return read_string (parse, text, error);
  case PEAL_KIND_WORD:
    return read_word (parse, text, error);
  case PEAL_KIND_BOOL:
    return read_boolean (parse, text, error);
  default:
    return read_number (parse, text, error);
  }
}

gboolean
peal_parse_text (PealParse *parse, GError **error)
{
  char *text = xmpp_stanza_get_text (parse->stanza);

  if (!text)
    return FALSE;

  gboolean good = read_string (parse, text, error);
  char **kept = &PEAL_MEMBER (char *, parse->value, parse->field);
  if (good && !**kept) { /* nothing but white space */
    g_clear_pointer (kept, g_free);
    good = FALSE;
  }
  xmpp_free (xmpp_stanza_get_context (parse->stanza), text);
  return good;
}

/* The value that @child stands for: its text or, where the row says so, one of its attributes. */
static char *
child_value (PealParse *parse, xmpp_stanza_t *child)
{
  if (parse->field->attribute)
    return g_strdup (xmpp_stanza_get_attribute (child, parse->field->attribute));

  char *text = xmpp_stanza_get_text (child);
  char *copy = g_strdup (text ? text : "");
  if (text)
    xmpp_free (xmpp_stanza_get_context (child), text);
  return copy;
}

gboolean
peal_parse_text_child (PealParse *parse, GError **error)
{
  xmpp_stanza_t *child = peal_parse_first_child (parse);

  if (!child)
    return FALSE;
  if (parse->field->kind == PEAL_KIND_FLAG)
    return PEAL_MEMBER (gboolean, parse->value, parse->field) = TRUE;

  g_autofree char *text = child_value (parse, child);
  if (!text)
    return FALSE;
  return parse->field->kind == PEAL_KIND_STRING ? read_string (parse, text, error)
                                                : read_number (parse, g_strstrip (text), error);
}

/* A word that is none of ours is looked for only after all that are. */
gboolean
peal_parse_choice (PealParse *parse, GError **error)
{
  const PealField *field = parse->field;
  xmpp_stanza_t *child = peal_parse_first_child (parse);

  if (child) {
    int word = peal_parse_word (field, xmpp_stanza_get_name (child));
    PEAL_MEMBER (int, parse->value, field) = word;
    return TRUE;
  }
  child = field->unknown ? xmpp_stanza_get_children (parse->stanza) : NULL;
  for (; child; child = xmpp_stanza_get_next (child)) {
    const char *ns = peal_parse_ns (child, parse->ns);
    if (!xmpp_stanza_is_tag (child) || g_strcmp0 (ns, peal_row_ns (parse->element, field)) != 0 ||
        peal_parse_is_taken (parse, child))
      continue;
    PEAL_MEMBER (int, parse->value, field) = field->unknown;
    return TRUE;
  }
  return FALSE;
}
