/* ICE candidates between the wire and libnice; see candidate.h. */
// SPDX-License-Identifier: MIT
#include "transport/candidate.h"

#include <string.h>

static const PealCandidateType from_nice[] = {
  [NICE_CANDIDATE_TYPE_HOST] = PEAL_CANDIDATE_HOST,
  [NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE] = PEAL_CANDIDATE_SRFLX,
  [NICE_CANDIDATE_TYPE_PEER_REFLEXIVE] = PEAL_CANDIDATE_PRFLX,
  [NICE_CANDIDATE_TYPE_RELAYED] = PEAL_CANDIDATE_RELAY,
};

static const NiceCandidateType to_nice[] = {
  [PEAL_CANDIDATE_HOST] = NICE_CANDIDATE_TYPE_HOST,
  [PEAL_CANDIDATE_SRFLX] = NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE,
  [PEAL_CANDIDATE_PRFLX] = NICE_CANDIDATE_TYPE_PEER_REFLEXIVE,
  [PEAL_CANDIDATE_RELAY] = NICE_CANDIDATE_TYPE_RELAYED,
};

PealCandidate *
peal_candidate_from_nice (const NiceCandidate *candidate)
{
  PealCandidate *told = peal_element_new (&peal_candidate_element);

  told->component = candidate->component_id;
  told->foundation = g_strdup (candidate->foundation);
  told->id =
      g_strdup_printf ("%08x", g_random_int ()); /* unique among ours; Dino and Pidgin look at it */
  told->ip = nice_address_dup_string (&candidate->addr);
  told->port = nice_address_get_port (&candidate->addr);
  told->priority = candidate->priority;
  told->protocol = PEAL_PROTOCOL_UDP;
  told->type = from_nice[candidate->type];
  if (candidate->type != NICE_CANDIDATE_TYPE_HOST) {
    told->rel_addr = nice_address_dup_string (&candidate->base_addr);
    told->rel_port = nice_address_get_port (&candidate->base_addr);
  }
  return told;
}

/* Why libnice has no use for it; NULL: it may. */
static const char *
unfit (const PealCandidate *candidate)
{
  if (candidate->protocol != PEAL_PROTOCOL_UDP)
    return "TCP"; /* one of them would switch the agent to regular nomination */
  if (candidate->port == 0)
    return "port 0";
  if (g_str_has_suffix (candidate->ip, ".local"))
    return "mDNS name";
  return NULL;
}

/* A scope id means nothing on another host. */
static gboolean
parse_address (NiceAddress *address, const char *text)
{
  const char *scope = strchr (text, '%');
  g_autofree char *bare = scope ? g_strndup (text, scope - text) : g_strdup (text);

  return nice_address_set_from_string (address, bare);
}

NiceCandidate *
peal_candidate_to_nice (const PealCandidate *candidate, guint stream, const char **why)
{
  NiceAddress address;

  *why = unfit (candidate);
  if (*why)
    return NULL;
  nice_address_init (&address);
  if (!parse_address (&address, candidate->ip)) {
    *why = "not an address";
    return NULL;
  }
  nice_address_set_port (&address, candidate->port);

  NiceCandidate *made = nice_candidate_new (to_nice[candidate->type]);
  made->transport = NICE_CANDIDATE_TRANSPORT_UDP;
  made->addr = made->base_addr = address;
  if (candidate->rel_addr && parse_address (&made->base_addr, candidate->rel_addr))
    nice_address_set_port (&made->base_addr, candidate->rel_port);
  made->priority = candidate->priority;
  made->stream_id = stream;
  made->component_id = candidate->component;
  /* Gajim calls all of its candidates "1", libwebrtc's clients may leave it out. */
  g_strlcpy (made->foundation, candidate->foundation ? candidate->foundation : "1",
             sizeof made->foundation);
  return made;
}

void
peal_candidate_blank (PealCandidate *candidate)
{
  if (!candidate->rel_addr)
    return;
  gboolean v6 = strchr (candidate->rel_addr, ':') != NULL;

  g_free (candidate->rel_addr);
  candidate->rel_addr = g_strdup (v6 ? "::" : "0.0.0.0");
  candidate->rel_port = 0;
}

const char *
peal_candidate_type_word (NiceCandidateType type)
{
  return peal_candidate_type_words[from_nice[type]];
}

char *
peal_candidate_address (const NiceAddress *address)
{
  g_autofree char *ip = nice_address_dup_string (address);

  return g_strdup_printf (strchr (ip, ':') ? "[%s]:%u" : "%s:%u", ip,
                          nice_address_get_port (address));
}
