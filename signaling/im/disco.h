/* Service discovery (XEP-0030): disco#info and disco#items, asked and answered. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/port.h"
#include "signaling/wire/codec.h"

#define PEAL_NS_DISCO_INFO  "http://jabber.org/protocol/disco#info"
#define PEAL_NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"

typedef struct {
  char *category, *type, *name, *lang;
} PealDiscoIdentity;

typedef struct {
  char *var;
} PealDiscoFeature;

/* An extension form (XEP-0128 over XEP-0004), only as deep as the caps hash looks. */
typedef struct {
  char *text; /* NULL: an empty <value/> */
} PealDiscoValue;
typedef struct {
  char *var, *type;
  GPtrArray *values; /* of PealDiscoValue * */
} PealDiscoField;
typedef struct {
  char *type;        /* "result" */
  GPtrArray *fields; /* of PealDiscoField * */
} PealDiscoForm;

/* Arrays are NULL where there is nothing. */
typedef struct {
  char *node;
  GPtrArray *identities; /* of PealDiscoIdentity * */
  GPtrArray *features;   /* of PealDiscoFeature * */
  GPtrArray *forms;      /* of PealDiscoForm *: XEP-0128, for the caps hash */
} PealDiscoInfo;

typedef struct {
  char *jid, *name, *node;
} PealDiscoItem;
typedef struct {
  char *node;
  GPtrArray *items; /* of PealDiscoItem * */
} PealDiscoItems;

/* The two <query/> elements; the structs are PealDiscoInfo and PealDiscoItems. */
extern const PealElement peal_disco_info_element;
extern const PealElement peal_disco_items_element;

/* Whether @info, which may be NULL, lists @feature. */
gboolean peal_disco_has (const PealDiscoInfo *info, const char *feature);
/* An empty info; a copy. Free with peal_disco_info_free. */
PealDiscoInfo *peal_disco_info_new (void);
PealDiscoInfo *peal_disco_info_copy (const PealDiscoInfo *info);
void peal_disco_info_free (PealDiscoInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealDiscoInfo, peal_disco_info_free)

/* Adds to an info that is being made; strings are copied, @lang and @name may be NULL. */
void peal_disco_info_add_identity (PealDiscoInfo *info, const char *category, const char *type,
                                   const char *name);
void peal_disco_info_add_feature (PealDiscoInfo *info, const char *var);

/* The question as an IQ (given) and the answer out of its result, for those who call
 * peal_port_request themselves because they may have to forget it. @node may be NULL. */
xmpp_stanza_t *peal_disco_info_ask (PealPort *port, const char *jid, const char *node);
PealDiscoInfo *peal_disco_info_read (xmpp_stanza_t *result, GError **error);

/* Asks @jid. The info is borrowed; NULL with @why on failure. @user must live until the answer
 * (30 s at most, or the end of the port). */
void peal_disco_info (PealPort *port, const char *jid, const char *node,
                      void (*known) (gpointer user, const PealDiscoInfo *info, const GError *why),
                      gpointer user);
/* Items are of PealDiscoItem *, borrowed, never NULL unless @why is set. The same holds for @user.
 */
void peal_disco_items (PealPort *port, const char *jid, const char *node,
                       void (*known) (gpointer user, GPtrArray *items, const GError *why),
                       gpointer user);
