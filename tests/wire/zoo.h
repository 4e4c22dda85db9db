/* An element with a row of every kind, and what reads and writes it in tests. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/wire/codec.h"

#define NS_ZOO "urn:example:zoo"

typedef enum { COLOR_NONE = 0, COLOR_RED, COLOR_GREEN } Color;
extern const char *const zoo_colors[];

typedef struct {
  char *id;
} Animal;

typedef struct {
  char *name, *secret, *text, *note, *link, *shout;
  guint32 count;
  gint64 size, weight;
  Color color, mood, shade;
  gboolean open, closed, flag;
  Animal *keeper;
  GPtrArray *animals;
  PealOpen *thing;
  GPtrArray *others;
} Zoo;

extern const PealElement zoo_element, zoo_animal, zoo_keeper;
/* The only element of an open child that a zoo's readings know: an Animal. */
extern const PealElement zoo_thing;

/* One reading: either a value or an error. */
typedef struct {
  xmpp_ctx_t *context;
  GPtrArray *notes;
  const PealElement *element;
  gpointer value;
  GError *error;
} ZooReading;

ZooReading *zoo_read_as (const PealElement *element, const char *xml);
/* A zoo with the given attributes and children. */
ZooReading *zoo_read (const char *attributes, const char *children);
void zoo_reading_free (ZooReading *reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ZooReading, zoo_reading_free)

/* The built element as text, for g_free. */
char *zoo_text (const PealElement *element, gconstpointer value);
