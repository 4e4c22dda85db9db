/* XML element <-> C struct, from one table that parse, build, copy, compare, free and print walk.
 *
 * A table says what an element is called, which namespace it has, how large its struct is, and
 * which member holds what. Limits stand in the rows. Nothing else in peal reads or writes stanza
 * trees, and elements are matched by namespace, never by prefix.
 *
 * Leniency, once and for all (RFC 6120 §8.4, XEP-0166 §6): unknown attributes and elements are
 * ignored; a bad optional attribute counts as absent; an item of a list that does not parse is
 * dropped; the element as a whole is refused only when something required is missing or bad.
 * Everything passed over is noted in PealReading.notes, for the trace.
 *
 * All functions may be called from any thread; none keeps state. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>
#include <strophe.h>

typedef struct PealElement PealElement;
typedef struct PealField PealField;

/* Words of an enumeration: words[value] is the text of @value. words[0] is "" and value 0 means
 * absent (or, where the row is not required, unknown). NULL ends the list. */
typedef const char *const *PealWords;

/* A child whose table is not known to the parent: <description/>, <transport/>, a session-info
 * payload, an extension. */
typedef struct {
  const PealElement *element; /* its table, or NULL when the reading's vocabulary has none */
  gpointer value;             /* the parsed struct, owned; NULL when element is NULL */
  char *name;                 /* as on the wire, owned; kept so that unknown ones can be answered */
  char *ns;                   /* likewise */
  char *flaw;                 /* why an element of a known table is not here as a value: the error's
                               * text, owned; NULL when it parsed, and when it is simply unknown */
} PealOpen;

typedef enum {
  PEAL_KIND_END = 0,
  PEAL_KIND_STR,    /* attribute, char * */
  PEAL_KIND_UINT,   /* attribute, guint32, 0..max */
  PEAL_KIND_INT64,  /* attribute, gint64, 0..max (absent is usually -1) */
  PEAL_KIND_WORD,   /* attribute, enum (int) by words */
  PEAL_KIND_BOOL,   /* attribute, gboolean: true/1/false/0 */
  PEAL_KIND_TEXT,   /* the element's own text, char * */
  PEAL_KIND_FLAG,   /* empty child of that name, gboolean */
  PEAL_KIND_STRING, /* child that holds only text, char * */
  PEAL_KIND_NUMBER, /* child that holds only a number, gint64, 0..max */
  PEAL_KIND_CHOICE, /* a child whose name is one of words, enum (int): <reason><busy/> */
  PEAL_KIND_CHILD,  /* child with a table, pointer to its struct, owned */
  PEAL_KIND_LIST,   /* children with a table, GPtrArray * of structs, owned; NULL when none */
  PEAL_KIND_OPEN,   /* a child named so in any namespace but ours is unknown: PealOpen *, owned */
  PEAL_KIND_OPEN_LIST, /* every child that no other row takes: GPtrArray * of PealOpen *, owned */
} PealKind;

typedef enum {
  PEAL_REQUIRED = 1 << 0, /* missing, bad or an empty string: the element is refused */
  PEAL_ALWAYS = 1 << 1,   /* written also when it equals `absent` (generation='0') */
  PEAL_SECRET = 1 << 2,   /* blanked by peal_element_print and in traces (pwd, password) */
  PEAL_ANY_CASE = 1 << 3, /* WORD: upper and lower case (ASCII) are alike when read */
  PEAL_TRIM = 1 << 4,     /* TEXT, STRING: white space at both ends is no part of it */
} PealFieldFlags;

struct PealField {
  PealKind kind;
  gsize offset;
  const char *name;      /* attribute or child name; NULL for TEXT, CHOICE and OPEN_LIST */
  const char *attribute; /* STRING, NUMBER: an attribute of the child that has the value */
  const char *inside;    /* STRING: the child that holds the child, of the same namespace: one that
                          * a CHOICE before it reads and writes; without it nothing is written */
  const char *ns;        /* of a FLAG, STRING, NUMBER or CHOICE child; NULL: the parent's */
  gint64 max; /* number: largest value; STR, TEXT, STRING: bytes (0: 1,024); LIST: items (0: 64) */
  gint64 absent;     /* number: the value that means "not there" */
  PealWords words;   /* WORD, CHOICE */
  PealWords aliases; /* WORD, CHOICE: pairs "as sent by some peer", "the word"; may be NULL */
  int unknown;       /* WORD, CHOICE: value of a word that is in neither; 0: it counts as absent */
  const PealElement *element; /* CHILD, LIST */
  PealFieldFlags flags;
};

struct PealElement {
  const char *name;
  const char *ns;
  gsize size; /* sizeof the struct; a struct of all absent values comes from peal_element_new */
  const PealField *fields; /* ends with PEAL_END */
  /* Optional: what no row can say (one of two must be there). FALSE refuses, with @error set. */
  gboolean (*check) (gconstpointer value, GError **error);
};

/* The rows. Trailing arguments are further designated initialisers:
 * PEAL_STR (T, ip, "ip", .flags = PEAL_REQUIRED). */
#define PEAL_ROW(kind_, type, member, ...)                                                         \
  {                                                                                                \
    .kind = (kind_), .offset = G_STRUCT_OFFSET (type, member), __VA_ARGS__                         \
  }
#define PEAL_STR(type, member, name_, ...)                                                         \
  PEAL_ROW (PEAL_KIND_STR, type, member, .name = (name_), __VA_ARGS__)
#define PEAL_UINT(type, member, name_, max_, ...)                                                  \
  PEAL_ROW (PEAL_KIND_UINT, type, member, .name = (name_), .max = (max_), __VA_ARGS__)
#define PEAL_INT64(type, member, name_, max_, ...)                                                 \
  PEAL_ROW (PEAL_KIND_INT64, type, member, .name = (name_), .max = (max_), __VA_ARGS__)
#define PEAL_WORD(type, member, name_, words_, ...)                                                \
  PEAL_ROW (PEAL_KIND_WORD, type, member, .name = (name_), .words = (words_), __VA_ARGS__)
#define PEAL_BOOL(type, member, name_, ...)                                                        \
  PEAL_ROW (PEAL_KIND_BOOL, type, member, .name = (name_), __VA_ARGS__)
#define PEAL_TEXT(type, member, ...) PEAL_ROW (PEAL_KIND_TEXT, type, member, __VA_ARGS__)
#define PEAL_FLAG(type, member, name_, ...)                                                        \
  PEAL_ROW (PEAL_KIND_FLAG, type, member, .name = (name_), __VA_ARGS__)
#define PEAL_STRING(type, member, name_, ...)                                                      \
  PEAL_ROW (PEAL_KIND_STRING, type, member, .name = (name_), __VA_ARGS__)
#define PEAL_NUMBER(type, member, name_, max_, ...)                                                \
  PEAL_ROW (PEAL_KIND_NUMBER, type, member, .name = (name_), .max = (max_), __VA_ARGS__)
#define PEAL_CHOICE(type, member, words_, ...)                                                     \
  PEAL_ROW (PEAL_KIND_CHOICE, type, member, .words = (words_), __VA_ARGS__)
#define PEAL_CHILD(type, member, element_, ...)                                                    \
  PEAL_ROW (PEAL_KIND_CHILD, type, member, .element = (element_), __VA_ARGS__)
#define PEAL_LIST(type, member, element_, ...)                                                     \
  PEAL_ROW (PEAL_KIND_LIST, type, member, .element = (element_), __VA_ARGS__)
#define PEAL_OPEN(type, member, name_, ...)                                                        \
  PEAL_ROW (PEAL_KIND_OPEN, type, member, .name = (name_), __VA_ARGS__)
#define PEAL_OPEN_LIST(type, member, ...) PEAL_ROW (PEAL_KIND_OPEN_LIST, type, member, __VA_ARGS__)
#define PEAL_END                                                                                   \
  {                                                                                                \
    .kind = PEAL_KIND_END                                                                          \
  }

/* One reading of a stanza: which tables open children may use, and what was passed over. */
typedef struct {
  const PealElement *const *vocabulary; /* ends with NULL; may be NULL */
  GPtrArray *notes;                     /* of char *, with g_free as free function; at most
                                         * PEAL_MAX_NOTES are kept; may be NULL */
} PealReading;

#define PEAL_MAX_NOTES 64
/* Elements nest at most so deep; what lies deeper counts as not parseable. Tables need far less. */
#define PEAL_MAX_DEPTH 16

/* Whether @stanza is an element of @element's name and namespace. */
gboolean peal_element_matches (const PealElement *element, xmpp_stanza_t *stanza);

/* The first child of @stanza that @element describes, or NULL. Borrowed. */
xmpp_stanza_t *peal_element_find (const PealElement *element, xmpp_stanza_t *stanza);

/* A struct with every member absent. Free with peal_element_free. */
gpointer peal_element_new (const PealElement *element);

/* Parses @stanza. Returns a struct for peal_element_free, or NULL with @error
 * (G_IO_ERROR_INVALID_DATA, the text names element, attribute and value) when it is not this
 * element, or something required is missing or bad. @reading may be NULL. */
gpointer peal_element_parse (const PealElement *element, xmpp_stanza_t *stanza,
                             const PealReading *reading, GError **error);

/* Builds a stanza tree owned by the caller (xmpp_stanza_release). @value is only read. Characters
 * that XML cannot carry become U+FFFD: no text of ours may break the stream. A required string that
 * is NULL is our own bug (g_critical). */
xmpp_stanza_t *peal_element_build (const PealElement *element, gconstpointer value,
                                   xmpp_ctx_t *context);

/* A deep copy of all members that have rows; others are 0. NULL gives NULL. */
gpointer peal_element_copy (const PealElement *element, gconstpointer value);

/* Whether all rows of both are equal. Lists compare in order; NULL and empty lists are equal, NULL
 * and "" are equal only as an element's own text. Two NULLs are equal. */
gboolean peal_element_equal (const PealElement *element, gconstpointer a, gconstpointer b);

/* Frees a struct and all its rows own; NULL is ignored. */
void peal_element_free (const PealElement *element, gpointer value);

/* One line for people: `candidate component=1 ip=192.0.2.1 …`; secrets are blanked. Free with
 * g_free. */
char *peal_element_print (const PealElement *element, gconstpointer value);

/* Wraps a struct (taken) as an open child; NULL gives NULL. */
PealOpen *peal_open_new (const PealElement *element, gpointer value);
/* An open child that has no table: written as an empty element. */
PealOpen *peal_open_new_empty (const char *name, const char *ns);
/* The struct inside when @open is of @element's table, else NULL. Borrowed. */
gpointer peal_open_value (const PealOpen *open, const PealElement *element);
PealOpen *peal_open_copy (const PealOpen *open);
gboolean peal_open_equal (const PealOpen *a, const PealOpen *b);
void peal_open_free (PealOpen *open);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealOpen, peal_open_free)

/* Appends @item (taken) to a LIST or OPEN_LIST member, making the list when it is NULL. Such lists
 * have no free function: peal_element_free frees the items by their table. */
void peal_list_append (GPtrArray **list, gpointer item);

/* The value of @word in @words, or 0 when it is not there. Exact match. */
int peal_words_find (PealWords words, const char *word);
