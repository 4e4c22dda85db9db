/* What can be done to a running call: rows of name, arguments, help and function.
 *
 * A line of standard input is a verb and its argument; a key is a row that stands for such a line.
 * To add one: a row in verbs.c, a function there or in phone_will.c. */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/phone.h"

typedef struct {
  const char *name;
  const char *arguments; /* "DIGITS", "[NUMBER]"; "" for none */
  const char *commands;  /* as in PealOption: where it is of use; NULL: wherever there are calls */
  const char *help;      /* begins with a small letter, ends without a full stop */
  /* @argument is "" where none was given. FALSE with @error (PEAL_CAUSE): a sentence. */
  gboolean (*run) (PealPhone *phone, const char *argument, GError **error);
} PealVerb;

/* Ends with a row without name. */
extern const PealVerb peal_verbs[];

typedef struct {
  const char *keys;     /* each of them */
  const char *line;     /* the verb and its argument; %c there is the key */
  const char *commands; /* as above */
  const char *name;     /* for help: "0-9 * #"; NULL: the key itself */
  const char *help;
} PealVerbKey;

/* Ends with a row without keys. A row before another with the same key counts, where a call rings
 * and none runs. */
extern const PealVerbKey peal_verb_keys[];

/* Does what @line says; what is wrong with it, or cannot be now, is an `error` event. */
void peal_verbs_say (PealPhone *phone, const char *line);
/* The same for a key; one that stands for nothing is passed over. */
void peal_verbs_press (PealPhone *phone, char key);

/* Lines "keys\twhat they do", and "verb\twhat it does", for help of the command @name. For g_free.
 */
char *peal_verbs_keys_help (const char *name);
char *peal_verbs_lines_help (const char *name);
