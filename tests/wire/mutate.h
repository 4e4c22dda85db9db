/* Stanzas with one thing wrong: each attribute missing, empty or out of range, each child missing
 * or doubled, each text missing or too long; by the rows of the tables where these are known. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/wire/codec.h"

/* A stanza as data that can be changed: what libstrophe's trees cannot. */
typedef struct {
  char *name, *ns;          /* ns is never NULL */
  char *text;               /* NULL: none */
  GPtrArray *keys, *values; /* of char *: attributes, without xmlns */
  GPtrArray *children;      /* of PealNode * */
} PealNode;

PealNode *peal_node_read (xmpp_stanza_t *stanza, const char *inherited);
void peal_node_free (PealNode *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealNode, peal_node_free)
/* As text; "" is a blank. For g_free. */
char *peal_node_print (const PealNode *node);
/* The value of an attribute, or NULL. */
const char *peal_node_get (const PealNode *node, const char *key);

/* The table of @child within an element of @table (NULL: unknown), by a row or from @vocabulary. */
const PealElement *peal_node_table (const PealElement *table, const PealNode *child,
                                    const PealElement *const *vocabulary);

typedef struct {
  PealNode *root;
  const PealElement *table;             /* of the root; NULL: unknown */
  const PealElement *const *vocabulary; /* ends with NULL; may be NULL */
  gboolean brief;                       /* fewer values of each attribute */
} PealMutation;

/* What is wrong this time. */
typedef struct {
  const PealNode *node;   /* where */
  const PealField *field; /* of its table; NULL: no row */
  const char *attribute;  /* NULL: a child or the text */
  const char *value;      /* of the attribute; NULL: missing */
  char *words;            /* all of it, for people */
} PealWrong;

/* Makes each change in turn, tells it, and takes it back. How many there were. */
guint peal_mutate (const PealMutation *mutation,
                   void (*each) (gpointer user, const PealNode *root, const PealWrong *wrong),
                   gpointer user);
