/* A server for two accounts inside a test: stream management, messages kept for who is away, and
 * whatever a network or a bad server can do to a session. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

#define HOUSE_ACCOUNTS 2

typedef enum {
  HOUSE_HONEST = 0,
  HOUSE_UNCOUNTED = 1 << 0, /* <failed/> tells no h */
  HOUSE_LIES = 1 << 1,      /* now and then a count is too high, or goes backwards */
  HOUSE_DEAF = 1 << 2,      /* on some links it never acknowledges */
} HouseManner;

typedef struct House House;

/* @chance is borrowed. */
House *house_new (HouseManner manner, GRand *chance);
void house_free (House *house);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (House, house_free)

/* A new link of @account ("a", "b" are 0, 1); the client's end. */
GIOStream *house_open (House *house, guint account);

/* Cuts the link of @account once it has read so many times more; what is under way is lost, some of
 * it in the middle of a stanza. With @expires the session is forgotten, too. */
void house_cut (House *house, guint account, guint reads, gboolean expires);

/* Has happened since house_cut. */
gboolean house_was_cut (const House *house, guint account);

/* How often a session was resumed and refused, and how many lies were told. */
guint house_resumed (const House *house);
guint house_refused (const House *house);
guint house_lies (const House *house);
