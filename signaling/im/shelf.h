/* A bounded map from strings to anything: what was used least lately leaves when it is full.
 *
 * What others can make us remember (presences, capabilities) lives in such a shelf. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct PealShelf PealShelf;

/* Keeps at most @most values; @release frees one. */
PealShelf *peal_shelf_new (guint most, GDestroyNotify release);
void peal_shelf_free (PealShelf *shelf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealShelf, peal_shelf_free)

/* Puts @value (taken) at @key (copied); what was there before is released. */
void peal_shelf_put (PealShelf *shelf, const char *key, gpointer value);
/* Borrowed, or NULL; counts as a use. */
gpointer peal_shelf_get (PealShelf *shelf, const char *key);
void peal_shelf_remove (PealShelf *shelf, const char *key);
void peal_shelf_clear (PealShelf *shelf);
guint peal_shelf_count (PealShelf *shelf);
