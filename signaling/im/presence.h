/* Presence (RFC 6121 §4): ours with caps, directed presence, and who of the others is there.
 *
 * It also knows who may know that we are here. What others can make us remember is bounded
 * (limits.h). */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/caps.h"
#include "signaling/im/roster.h"

typedef struct PealPresences PealPresences;

typedef struct {
  char *full; /* their address */
  int priority;
  char *show, *status;                    /* show: "away", "chat", "dnd", "xa" or NULL */
  char *caps_node, *caps_ver, *caps_hash; /* NULL without <c/> */
} PealPresence;

/* @port and @caps must outlive it; make @caps first. */
PealPresences *peal_presences_new (PealPort *port, PealCaps *caps);
void peal_presences_free (PealPresences *presences);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealPresences, peal_presences_free)

/* From now on contacts are told from strangers: these have room of their own, and contacts may know
 * that we are here. @roster must outlive it. */
void peal_presences_know (PealPresences *presences, PealRoster *roster);

/* Whether @from may know that we are here: our own account and its server, contacts that may see
 * our presence, who was sent a directed one, and guests. Only these are told by @caps what we can
 * do. */
gboolean peal_presences_shows (PealPresences *presences, const char *from);
/* The account of the bare @jid is a guest, once more or once less, though no presence is sent. */
void peal_presences_admit (PealPresences *presences, const char *jid, gboolean admitted);

/* Sends our presence (now and after every new session). @show and @status may be NULL. */
void peal_presences_available (PealPresences *presences, int priority, const char *show,
                               const char *status);

/* Directed presence with caps (RFC 6121 §4.6), so that somebody outside the roster can see what we
 * can do; taken back with FALSE. Sent again after a new session. */
void peal_presences_direct (PealPresences *presences, const char *jid, gboolean available);

/* The available resources of @bare: an array of borrowed PealPresence *, best first (priority, then
 * latest); owned by the caller (g_ptr_array_unref). Empty when nobody is there. */
GPtrArray *peal_presences_of (PealPresences *presences, const char *bare);

/* Hears every change: @presence NULL means @full became unavailable. After a new session nobody is
 * known until their presence comes again; no change is told for that. */
guint peal_presences_watch (PealPresences *presences,
                            void (*changed) (gpointer user, const char *full,
                                             const PealPresence *presence),
                            gpointer user);
/* Safe inside a callback. */
void peal_presences_unwatch (PealPresences *presences, guint id);
