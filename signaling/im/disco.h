/* Service discovery (XEP-0030): disco#info and disco#items, asked and answered. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/port.h"

typedef struct {
  char *category, *type, *name, *lang;
} PealDiscoIdentity;

typedef struct {
  char *node;
  GPtrArray *identities; /* of PealDiscoIdentity * */
  GPtrArray *features;   /* of PealDiscoFeature * */
  GPtrArray *forms;      /* XEP-0128, for the caps hash */
} PealDiscoInfo;
typedef struct {
  char *var;
} PealDiscoFeature;

typedef struct {
  char *jid, *name, *node;
} PealDiscoItem;

gboolean peal_disco_has (const PealDiscoInfo *info, const char *feature);
PealDiscoInfo *peal_disco_info_copy (const PealDiscoInfo *info);
void peal_disco_info_free (PealDiscoInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealDiscoInfo, peal_disco_info_free)

/* Asks @jid. The info is borrowed; NULL with @why on failure. */
void peal_disco_info (PealPort *port, const char *jid, const char *node,
                      void (*known) (gpointer user, const PealDiscoInfo *info, const GError *why), gpointer user);
/* Items are of PealDiscoItem *, borrowed. */
void peal_disco_items (PealPort *port, const char *jid, const char *node,
                       void (*known) (gpointer user, GPtrArray *items, const GError *why), gpointer user);
