/* Entity capabilities (XEP-0115) over service discovery (XEP-0030): what each address can do.
 *
 * A hash is believed only when the disco#info it stands for verifies (XEP-0115 §5.4); a poisoned
 * one is asked again from the very address and never shared. Both caches are bounded, whatever
 * presences others send. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/disco.h"

typedef struct PealCaps PealCaps;

/* The namespace of <c/>, and the element's struct. */
#define PEAL_NS_CAPS "http://jabber.org/protocol/caps"
typedef struct {
  char *hash, *node, *ver;
} PealCapsElement;
extern const PealElement peal_caps_c_element;

/* @features end with NULL; what we answer to disco#info, and hash into our presence. Those of
 * discovery and caps themselves are added, and what stands there twice is said once. */
PealCaps *peal_caps_new (PealPort *port, const char *const *features);
/* Queries that are still open are dropped: their callbacks are not called. */
void peal_caps_free (PealCaps *caps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealCaps, peal_caps_free)

/* Who may ask what we can do: for others nobody is here. NULL: everybody may. */
void peal_caps_set_audience (PealCaps *caps, gboolean (*may_ask) (gpointer user, const char *from),
                             gpointer user);

/* Features of @full, or NULL when not known yet. Borrowed, good until the main context turns. */
const PealDiscoInfo *peal_caps_lookup (PealCaps *caps, const char *full);

/* Learns them: from the cache, from the presence's hash, or by asking (10 s). Queries for one hash
 * share one question. @known hears a borrowed info, or NULL with @why; once, never from inside
 * this call, and from peal_caps_free at the latest. It may query again, but not free @caps. */
void peal_caps_query (PealCaps *caps, const char *full,
                      void (*known) (gpointer user, const PealDiscoInfo *info, const GError *why),
                      gpointer user);

/* Our own answer to disco#info, and its sha-1 `ver`. Borrowed. */
const PealDiscoInfo *peal_caps_own (PealCaps *caps);
const char *peal_caps_version (PealCaps *caps);

/* The <c/> element for our presence. Given. */
xmpp_stanza_t *peal_caps_element (PealCaps *caps);
