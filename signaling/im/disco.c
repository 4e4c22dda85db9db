/* Service discovery (XEP-0030): the element tables, and questions with one answer each.
 *
 * Answering is caps.c's: what we say there must be what our presence hashes. */
// SPDX-License-Identifier: MIT
#include "signaling/im/disco.h"

#define NS_FORM "jabber:x:data"

// clang-format off
static const PealElement form_value = { "value", NS_FORM, sizeof (PealDiscoValue), (const PealField[]) {
  PEAL_TEXT (PealDiscoValue, text),
  PEAL_END } };

static const PealElement form_field = { "field", NS_FORM, sizeof (PealDiscoField), (const PealField[]) {
  PEAL_STR  (PealDiscoField, var,    "var"),
  PEAL_STR  (PealDiscoField, type,   "type"),
  PEAL_LIST (PealDiscoField, values, &form_value, .max = 256),
  PEAL_END } };

static const PealElement form = { "x", NS_FORM, sizeof (PealDiscoForm), (const PealField[]) {
  PEAL_STR  (PealDiscoForm, type,   "type"),
  PEAL_LIST (PealDiscoForm, fields, &form_field, .max = 128),
  PEAL_END } };

static const PealElement identity = { "identity", PEAL_NS_DISCO_INFO, sizeof (PealDiscoIdentity), (const PealField[]) {
  PEAL_STR (PealDiscoIdentity, category, "category", .flags = PEAL_REQUIRED),
  PEAL_STR (PealDiscoIdentity, type,     "type",     .flags = PEAL_REQUIRED),
  PEAL_STR (PealDiscoIdentity, name,     "name"),
  PEAL_STR (PealDiscoIdentity, lang,     "xml:lang"),
  PEAL_END } };

static const PealElement feature = { "feature", PEAL_NS_DISCO_INFO, sizeof (PealDiscoFeature), (const PealField[]) {
  PEAL_STR (PealDiscoFeature, var, "var", .flags = PEAL_REQUIRED),
  PEAL_END } };

const PealElement peal_disco_info_element = { "query", PEAL_NS_DISCO_INFO, sizeof (PealDiscoInfo), (const PealField[]) {
  PEAL_STR  (PealDiscoInfo, node,       "node"),
  PEAL_LIST (PealDiscoInfo, identities, &identity, .max = 64),
  PEAL_LIST (PealDiscoInfo, features,   &feature,  .max = 1024),
  PEAL_LIST (PealDiscoInfo, forms,      &form,     .max = 32),
  PEAL_END } };

static const PealElement item = { "item", PEAL_NS_DISCO_ITEMS, sizeof (PealDiscoItem), (const PealField[]) {
  PEAL_STR (PealDiscoItem, jid,  "jid", .max = 3071, .flags = PEAL_REQUIRED),
  PEAL_STR (PealDiscoItem, name, "name"),
  PEAL_STR (PealDiscoItem, node, "node"),
  PEAL_END } };

const PealElement peal_disco_items_element = { "query", PEAL_NS_DISCO_ITEMS, sizeof (PealDiscoItems), (const PealField[]) {
  PEAL_STR  (PealDiscoItems, node,  "node"),
  PEAL_LIST (PealDiscoItems, items, &item, .max = 4096),
  PEAL_END } };
// clang-format on

gboolean
peal_disco_has (const PealDiscoInfo *info, const char *wanted)
{
  if (!info || !info->features)
    return FALSE;
  for (guint i = 0; i < info->features->len; i++) {
    const PealDiscoFeature *one = g_ptr_array_index (info->features, i);
    if (g_str_equal (one->var, wanted))
      return TRUE;
  }
  return FALSE;
}

PealDiscoInfo *
peal_disco_info_new (void)
{
  return peal_element_new (&peal_disco_info_element);
}

PealDiscoInfo *
peal_disco_info_copy (const PealDiscoInfo *info)
{
  return peal_element_copy (&peal_disco_info_element, info);
}

void
peal_disco_info_free (PealDiscoInfo *info)
{
  peal_element_free (&peal_disco_info_element, info);
}

void
peal_disco_info_add_identity (PealDiscoInfo *info, const char *category, const char *type,
                              const char *name)
{
  PealDiscoIdentity *one = peal_element_new (&identity);

  one->category = g_strdup (category);
  one->type = g_strdup (type);
  one->name = g_strdup (name);
  peal_list_append (&info->identities, one);
}

void
peal_disco_info_add_feature (PealDiscoInfo *info, const char *var)
{
  PealDiscoFeature *one = peal_element_new (&feature);

  one->var = g_strdup (var);
  peal_list_append (&info->features, one);
}

xmpp_stanza_t *
peal_disco_info_ask (PealPort *port, const char *jid, const char *node)
{
  const PealDiscoInfo query = { .node = (char *) node };

  return peal_port_iq (
      port, "get", jid,
      peal_element_build (&peal_disco_info_element, &query, peal_port_context (port)));
}

/* The payload of @result as a struct of @element. */
static gpointer
read_query (const PealElement *element, xmpp_stanza_t *result, GError **error)
{
  xmpp_stanza_t *query = peal_element_find (element, result);

  if (!query) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "the answer holds no <query xmlns='%s'/>", element->ns);
    return NULL;
  }
  return peal_element_parse (element, query, NULL, error);
}

PealDiscoInfo *
peal_disco_info_read (xmpp_stanza_t *result, GError **error)
{
  return read_query (&peal_disco_info_element, result, error);
}

typedef struct {
  void (*info) (gpointer user, const PealDiscoInfo *info, const GError *why);
  void (*items) (gpointer user, GPtrArray *items, const GError *why);
  gpointer user;
} Question;

static void
info_answered (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  g_autofree Question *question = user;
  g_autoptr(GError) bad = NULL;
  g_autoptr(PealDiscoInfo) info = stanza ? peal_disco_info_read (stanza, &bad) : NULL;

  question->info (question->user, info, bad ? bad : why);
}

static void
items_answered (gpointer user, xmpp_stanza_t *stanza, const GError *why)
{
  g_autofree Question *question = user;
  g_autoptr(GError) bad = NULL;
  g_autoptr(GPtrArray) none = g_ptr_array_new ();
  PealDiscoItems *answer = stanza ? read_query (&peal_disco_items_element, stanza, &bad) : NULL;

  if (answer)
    question->items (question->user, answer->items ? answer->items : none, NULL);
  else
    question->items (question->user, NULL, bad ? bad : why);
  peal_element_free (&peal_disco_items_element, answer);
}

void
peal_disco_info (PealPort *port, const char *jid, const char *node,
                 void (*known) (gpointer user, const PealDiscoInfo *info, const GError *why),
                 gpointer user)
{
  Question *question = g_new0 (Question, 1);

  question->info = known;
  question->user = user;
  peal_port_request (port, peal_disco_info_ask (port, jid, node), 0, info_answered, question);
}

void
peal_disco_items (PealPort *port, const char *jid, const char *node,
                  void (*known) (gpointer user, GPtrArray *items, const GError *why), gpointer user)
{
  const PealDiscoItems query = { .node = (char *) node };
  xmpp_stanza_t *payload =
      peal_element_build (&peal_disco_items_element, &query, peal_port_context (port));
  Question *question = g_new0 (Question, 1);

  question->items = known;
  question->user = user;
  peal_port_request (port, peal_port_iq (port, "get", jid, payload), 0, items_answered, question);
}
