/* BUNDLE (XEP-0338, RFC 8843): which contents of a call share one transport.
 *
 * We offer a transport for each content ("balanced", RFC 8843 §6), so that a peer that bundles
 * nothing has all it needs; what its answer bundles moves to the transport of the first content
 * named there. Of an offer that bundles, the first content that we take opens the transport of all.
 */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/call.h"

#define NS_RFC5888 "urn:ietf:rfc:5888"

static gboolean
names (const PealGroup *group, const char *name)
{
  for (guint i = 0; group->names && i < group->names->len; i++)
    if (g_strcmp0 (((const PealGroupContent *) group->names->pdata[i])->name, name) == 0)
      return TRUE;
  return FALSE;
}

static PealSlot *
slot_named (PealCall *call, const char *name)
{
  PealContent named = { .creator = PEAL_CREATOR_INITIATOR, .name = (char *) name };
  return peal_call_slot (call, &named);
}

static PealGroup *
group_new (void)
{
  PealGroup *group = peal_element_new (&peal_group_element);
  group->semantics = g_strdup ("BUNDLE");
  return group;
}

static void
add_name (PealGroup *group, const char *name)
{
  PealGroupContent *content = g_new0 (PealGroupContent, 1);
  content->name = g_strdup (name);
  peal_list_append (&group->names, content);
}

/* --- ours --- */

/* XEP-0338 says the feature is the number of the RFC; its namespace is said as well. */
GPtrArray *
peal_call_offer_groups (PealCall *call)
{
  const PealDiscoInfo *info =
      peal_caps_lookup (peal_endpoint_setup (call->endpoint)->caps, call->peer);
  GPtrArray *groups = NULL;
  if (call->slots->len < 2 ||
      !(peal_disco_has (info, NS_RFC5888) || peal_disco_has (info, PEAL_NS_GROUPING)))
    return NULL;
  PealGroup *group = group_new ();
  for (guint i = 0; i < call->slots->len; i++)
    add_name (group, ((PealSlot *) call->slots->pdata[i])->name);
  peal_list_append (&groups, group);
  call->grouped = TRUE;
  return groups;
}

/* What @offered and we have in common (RFC 8843 §7.3: an answer's group has nothing else), the
 * content whose transport is used first; NULL: nothing. */
static PealGroup *
answer_group (PealCall *call, const PealGroup *offered)
{
  PealGroup *group = group_new ();
  for (guint i = 0; i < call->slots->len; i++) {
    const PealSlot *slot = call->slots->pdata[i];
    if (names (offered, slot->name))
      add_name (group, slot->name);
  }
  if (group->names)
    return group;
  peal_element_free (&peal_group_element, group);
  return NULL;
}

GPtrArray *
peal_call_answer_groups (PealCall *call)
{
  const GPtrArray *offered = peal_session_groups (call->session);
  GPtrArray *groups = NULL;
  for (guint i = 0; offered && i < offered->len; i++) {
    PealGroup *group =
        peal_group_is_bundle (offered->pdata[i]) ? answer_group (call, offered->pdata[i]) : NULL;
    if (group)
      peal_list_append (&groups, group);
  }
  return groups;
}

/* --- theirs --- */

PealCarrier *
peal_call_shared (PealCall *call, const PealContent *offered, const PealMethod *method)
{
  const GPtrArray *groups = peal_session_groups (call->session);
  for (guint i = 0; groups && i < groups->len; i++) {
    const PealGroup *group = groups->pdata[i];
    if (!peal_group_is_bundle (group) || !names (group, offered->name))
      continue;
    for (guint at = 0; at < call->slots->len; at++) {
      const PealSlot *slot = call->slots->pdata[at];
      if (names (group, slot->name) && slot->carrier && slot->carrier->method == method)
        return slot->carrier;
    }
  }
  return NULL;
}

/* What the peer told of the dropped transport is of the common one where the credentials say so. */
static void
pass_on (PealCall *call, PealSlot *slot)
{
  g_autoptr(GPtrArray) early = g_steal_pointer (&slot->early);
  for (guint i = 0; early && i < early->len && !slot->dead; i++)
    peal_call_apply (call, slot, early->pdata[i]);
}

static void
gather_on (PealCall *call, const PealGroup *group)
{
  PealSlot *first = NULL;
  for (guint i = 0; group->names && i < group->names->len; i++) {
    PealSlot *slot = slot_named (call, ((const PealGroupContent *) group->names->pdata[i])->name);
    if (!slot ||
        !peal_session_has (call->session, slot->name)) /* what is refused carries nothing */
      continue;
    if (!first)
      first = slot;
    else if (slot->carrier != first->carrier && slot->carrier->method == first->carrier->method)
      peal_call_carry (call, slot, first->carrier);
  }
}

void
peal_call_bundle (PealCall *call)
{
  const GPtrArray *groups = call->session ? peal_session_groups (call->session) : NULL;
  if (!call->grouped || call->bundled)
    return;
  call->bundled = TRUE;
  for (guint i = 0; groups && i < groups->len; i++)
    if (peal_group_is_bundle (groups->pdata[i]))
      gather_on (call, groups->pdata[i]);
  g_autoptr(GPtrArray) slots = g_ptr_array_copy (call->slots, NULL, NULL);
  for (guint i = 0; i < slots->len; i++)
    pass_on (call, slots->pdata[i]);
}
