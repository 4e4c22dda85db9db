/* What the files of the parser share: one element at work, and the rows' readers. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/wire/rows.h"

typedef struct {
  const PealElement *element;
  xmpp_stanza_t *stanza;
  const char *ns;         /* of stanza, inherited or its own */
  const PealField *field; /* the row at work */
  gpointer value;
  const PealReading *reading;
  guint depth;
} PealParse;

/* --- which child is meant: codec_match.c --- */

/* The namespace of @stanza within a parent of @inherited. */
const char *peal_parse_ns (xmpp_stanza_t *stanza, const char *inherited);
/* Whether @stanza, which is of @ns, is an @element. */
gboolean peal_parse_matches (const PealElement *element, xmpp_stanza_t *stanza, const char *ns);
/* The value of the word @text in a WORD or CHOICE row, by its words and aliases; or 0. */
int peal_parse_word (const PealField *field, const char *text);
/* Whether the row @field, or any row at all, would read @child. */
gboolean peal_parse_takes (const PealParse *parse, const PealField *field, xmpp_stanza_t *child);
gboolean peal_parse_is_taken (const PealParse *parse, xmpp_stanza_t *child);
/* The first child that the row at work reads, or NULL. */
xmpp_stanza_t *peal_parse_first_child (const PealParse *parse);

/* --- rows of one value: codec_read.c ---
 * TRUE when the member was filled; FALSE with @error when what is there is bad, without when there
 * is nothing. */

gboolean peal_parse_attribute (PealParse *parse, GError **error);
gboolean peal_parse_text (PealParse *parse, GError **error);
gboolean peal_parse_text_child (PealParse *parse, GError **error); /* FLAG, STRING, NUMBER */
gboolean peal_parse_choice (PealParse *parse, GError **error);
