/* Candidates between the wire and libnice, as the peers we know write them. */
// SPDX-License-Identifier: MIT
#include "transport/candidate.h"

static NiceCandidate *
ours (NiceCandidateType type, const char *ip, guint port, const char *base)
{
  NiceCandidate *candidate = nice_candidate_new (type);

  g_assert_true (nice_address_set_from_string (&candidate->addr, ip));
  nice_address_set_port (&candidate->addr, port);
  g_assert_true (nice_address_set_from_string (&candidate->base_addr, base));
  nice_address_set_port (&candidate->base_addr, 40000);
  candidate->transport = NICE_CANDIDATE_TRANSPORT_UDP;
  candidate->priority = 2015363327;
  candidate->component_id = 1;
  g_strlcpy (candidate->foundation, "7", sizeof candidate->foundation);
  return candidate;
}

static PealCandidate *
told_of (NiceCandidate *candidate)
{
  PealCandidate *told = peal_candidate_from_nice (candidate);

  nice_candidate_free (candidate);
  return told;
}

static void
forget (PealCandidate *candidate)
{
  peal_element_free (&peal_candidate_element, candidate);
}

/* Only type is checked by Dino; Pidgin wants id, generation and network too: XEP-0176's schema has
 * all ten, with rel-addr and rel-port where there is a base. */
static void
all_attributes_are_written (void)
{
  PealCandidate *told =
      told_of (ours (NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE, "203.0.113.5", 50000, "10.0.0.2"));
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *built = peal_element_build (&peal_candidate_element, told, context);
  static const char *const expected[][2] = {
    { "component", "1" },         { "foundation", "7" },   { "generation", "0" },
    { "ip", "203.0.113.5" },      { "network", "0" },      { "port", "50000" },
    { "priority", "2015363327" }, { "protocol", "udp" },   { "type", "srflx" },
    { "rel-addr", "10.0.0.2" },   { "rel-port", "40000" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpstr (xmpp_stanza_get_attribute (built, expected[i][0]), ==, expected[i][1]);
  g_assert_cmpuint (strlen (xmpp_stanza_get_attribute (built, "id")), ==, 8);
  xmpp_stanza_release (built);
  xmpp_ctx_free (context);
  forget (told);
}

static void
host_has_no_base (void)
{
  PealCandidate *told =
      told_of (ours (NICE_CANDIDATE_TYPE_HOST, "2001:db8::1", 50000, "2001:db8::1"));

  g_assert_cmpint (told->type, ==, PEAL_CANDIDATE_HOST);
  g_assert_cmpstr (told->ip, ==, "2001:db8::1");
  g_assert_null (told->rel_addr);
  g_assert_cmpuint (told->rel_port, ==, 0);
  forget (told);
}

static void
relay_can_be_blanked (void)
{
  PealCandidate *told =
      told_of (ours (NICE_CANDIDATE_TYPE_RELAYED, "198.51.100.9", 50000, "10.0.0.2"));

  g_assert_cmpstr (told->rel_addr, ==, "10.0.0.2");
  peal_candidate_blank (told);
  g_assert_cmpstr (told->rel_addr, ==, "0.0.0.0");
  g_assert_cmpuint (told->rel_port, ==, 0);
  g_assert_cmpstr (told->ip, ==, "198.51.100.9");
  forget (told);

  told = told_of (ours (NICE_CANDIDATE_TYPE_RELAYED, "2001:db8::9", 50000, "2001:db8::2"));
  peal_candidate_blank (told);
  g_assert_cmpstr (told->rel_addr, ==, "::");
  forget (told);
}

typedef struct {
  const char *who;
  PealCandidate candidate;
  const char *refused; /* NULL: taken */
} Row;

/* What clients put on the wire (docs/interop.md), and what becomes of it. */
static const Row rows[] = {
  { "Dino's host",
    { .component = 1,
      .foundation = "1",
      .id = "ab12cd34",
      .ip = "192.0.2.1",
      .port = 51000,
      .priority = 2015363327,
      .protocol = PEAL_PROTOCOL_UDP,
      .type = PEAL_CANDIDATE_HOST },
    NULL },
  { "libwebrtc's: no id",
    { .component = 1,
      .foundation = "2384789123",
      .ip = "2001:db8::7",
      .port = 51000,
      .priority = 1,
      .protocol = PEAL_PROTOCOL_UDP,
      .type = PEAL_CANDIDATE_SRFLX,
      .rel_addr = "192.168.1.2",
      .rel_port = 5000 },
    NULL },
  { "libwebrtc's relay without port",
    { .component = 1,
      .foundation = "3",
      .ip = "198.51.100.9",
      .port = 51000,
      .priority = 1,
      .protocol = PEAL_PROTOCOL_UDP,
      .type = PEAL_CANDIDATE_RELAY,
      .rel_addr = "0.0.0.0" },
    NULL },
  { "no foundation",
    { .component = 2,
      .ip = "192.0.2.1",
      .port = 51000,
      .priority = 1,
      .protocol = PEAL_PROTOCOL_UDP,
      .type = PEAL_CANDIDATE_PRFLX },
    NULL },
  { "Pidgin's link-local",
    { .component = 1,
      .foundation = "1",
      .ip = "fe80::1",
      .port = 51000,
      .priority = 1,
      .protocol = PEAL_PROTOCOL_UDP,
      .type = PEAL_CANDIDATE_HOST },
    NULL },
  { "a scope of another host",
    { .component = 1,
      .foundation = "1",
      .ip = "fe80::1%wlan0",
      .port = 51000,
      .priority = 1,
      .protocol = PEAL_PROTOCOL_UDP,
      .type = PEAL_CANDIDATE_HOST },
    NULL },
  { "foundation too long for libnice",
    { .component = 1,
      .foundation = "0123456789012345678901234567890123456789",
      .ip = "192.0.2.1",
      .port = 1,
      .priority = 1,
      .protocol = PEAL_PROTOCOL_UDP,
      .type = PEAL_CANDIDATE_HOST },
    NULL },
  { "a browser's mDNS name",
    { .component = 1,
      .foundation = "1",
      .ip = "1f4712db-ea17-4bcf-a596-105139dfd8bf.local",
      .port = 51000,
      .priority = 1,
      .protocol = PEAL_PROTOCOL_UDP,
      .type = PEAL_CANDIDATE_HOST },
    "mDNS name" },
  { "Gajim's active TCP",
    { .component = 1,
      .foundation = "1",
      .ip = "192.0.2.1",
      .port = 0,
      .priority = 1,
      .protocol = PEAL_PROTOCOL_TCP,
      .type = PEAL_CANDIDATE_HOST },
    "TCP" },
  { "port 0",
    { .component = 1,
      .foundation = "1",
      .ip = "192.0.2.1",
      .port = 0,
      .priority = 1,
      .protocol = PEAL_PROTOCOL_UDP,
      .type = PEAL_CANDIDATE_HOST },
    "port 0" },
  { "a host name",
    { .component = 1,
      .foundation = "1",
      .ip = "peer.example.org",
      .port = 51000,
      .priority = 1,
      .protocol = PEAL_PROTOCOL_UDP,
      .type = PEAL_CANDIDATE_HOST },
    "not an address" },
  { "nothing",
    { .component = 1,
      .foundation = "1",
      .ip = "",
      .port = 51000,
      .priority = 1,
      .protocol = PEAL_PROTOCOL_UDP,
      .type = PEAL_CANDIDATE_HOST },
    "not an address" },
};

static void
peers_candidates_are_read (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const Row *row = &rows[i];
    const char *why = NULL;
    NiceCandidate *made = peal_candidate_to_nice (&row->candidate, 3, &why);

    g_test_message ("%s", row->who);
    g_assert_cmpstr (why, ==, row->refused);
    g_assert_true ((made == NULL) == (row->refused != NULL));
    if (!made)
      continue;
    g_assert_cmpuint (nice_address_get_port (&made->addr), ==, row->candidate.port);
    g_assert_cmpuint (made->component_id, ==, row->candidate.component);
    g_assert_cmpuint (made->stream_id, ==, 3);
    g_assert_cmpuint (made->foundation[0], !=, '\0');
    g_assert_cmpint (made->transport, ==, NICE_CANDIDATE_TRANSPORT_UDP);
    nice_candidate_free (made);
  }
}

static void
addresses_are_written (void)
{
  NiceCandidate *candidate = ours (NICE_CANDIDATE_TYPE_HOST, "2001:db8::1", 5000, "192.0.2.1");
  g_autofree char *v6 = peal_candidate_address (&candidate->addr);
  g_autofree char *v4 = peal_candidate_address (&candidate->base_addr);

  g_assert_cmpstr (v6, ==, "[2001:db8::1]:5000");
  g_assert_cmpstr (v4, ==, "192.0.2.1:40000");
  g_assert_cmpstr (peal_candidate_type_word (NICE_CANDIDATE_TYPE_RELAYED), ==, "relay");
  nice_candidate_free (candidate);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/candidate/all-attributes-are-written", all_attributes_are_written);
  g_test_add_func ("/candidate/host-has-no-base", host_has_no_base);
  g_test_add_func ("/candidate/relay-can-be-blanked", relay_can_be_blanked);
  g_test_add_func ("/candidate/peers-candidates-are-read", peers_candidates_are_read);
  g_test_add_func ("/candidate/addresses-are-written", addresses_are_written);
  return g_test_run ();
}
