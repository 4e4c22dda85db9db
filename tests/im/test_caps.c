/* Capabilities: the published hashes, what must not be believed, and how few questions are asked.
 */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "signaling/im/caps.h"
#include "signaling/im/shelf.h"
#include "signaling/im/verification.h"
#include "signaling/wire/condition.h"
#include "tests/im/fake_port.h"

#define INFO  "http://jabber.org/protocol/disco#info"
#define ITEMS "http://jabber.org/protocol/disco#items"

/* XEP-0115 §5.2 and §5.3, with the values published there. */
#define EXODUS_VER "QgayPKawpkPSDYmwT/WM94uAlu0="
#define PSI_VER    "q07IKJEyjvHSyhy//CH0CxmKi8w="
#define FEATURES                                                                                   \
  "<feature var='http://jabber.org/protocol/disco#items'/>"                                        \
  "<feature var='http://jabber.org/protocol/disco#info'/>"                                         \
  "<feature var='http://jabber.org/protocol/muc'/>"                                                \
  "<feature var='http://jabber.org/protocol/caps'/>"
#define EXODUS                                                                                     \
  "<query xmlns='" INFO "'><identity category='client' name='Exodus 0.9.1' type='pc'/>" FEATURES   \
  "</query>"
#define PSI_FORM                                                                                   \
  "<x xmlns='jabber:x:data' type='result'>"                                                        \
  "<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>"    \
  "<field var='ip_version'><value>ipv6</value><value>ipv4</value></field>"                         \
  "<field var='os'><value>Mac</value></field>"                                                     \
  "<field var='os_version'><value>10.5.1</value></field>"                                          \
  "<field var='software'><value>Psi</value></field>"                                               \
  "<field var='software_version'><value>0.11</value></field></x>"
#define PSI_IDENTITIES                                                                             \
  "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"                          \
  "<identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>"
#define PSI                "<query xmlns='" INFO "'>" PSI_IDENTITIES FEATURES PSI_FORM "</query>"
#define FORM_OF(fields)    "<x xmlns='jabber:x:data'>" fields "</x>"
#define TYPE_FIELD(values) "<field var='FORM_TYPE' type='hidden'>" values "</field>"

static PealDiscoInfo *
info_from (const char *xml)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, xml);
  PealDiscoInfo *info;

  g_assert_nonnull (stanza);
  info = peal_element_parse (&peal_disco_info_element, stanza, NULL, NULL);
  g_assert_nonnull (info);
  xmpp_stanza_release (stanza);
  xmpp_ctx_free (context);
  return info;
}

static void
published_hashes (void)
{
  g_autoptr(PealDiscoInfo) exodus = info_from (EXODUS), psi = info_from (PSI);
  g_autofree char *simple = peal_verification_make (exodus, "sha-1", NULL);
  g_autofree char *complex = peal_verification_make (psi, "sha-1", NULL);

  g_assert_cmpstr (simple, ==, EXODUS_VER);
  g_assert_cmpstr (complex, ==, PSI_VER);
}

static void
ill_formed_infos (void)
{
  static const char *const bad[] = {
    "<identity category='a' type='b'/><identity category='a' type='b'/>",
    "<feature var='f'/><feature var='f'/>",
    PSI_FORM PSI_FORM,
    FORM_OF (
        TYPE_FIELD ("<value>a</value><value>b</value>") "<field var='v'><value>c</value></field>"),
    "<identity category='client' type='pc' name='&lt;urn:xmpp:jingle:1'/>",
    "<feature var='f&lt;g'/>",
    /* the last features of somebody else, passed off as a form */
    FORM_OF (TYPE_FIELD ("<value>urn:one</value>")),
    FORM_OF (TYPE_FIELD (
        "<value>urn:one</value>") "<field var='urn:two'><value>urn:three</value></field>"),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *xml = g_strdup_printf ("<query xmlns='" INFO "'>%s</query>", bad[i]);
    g_autoptr(PealDiscoInfo) info = info_from (xml);
    g_autoptr(GError) error = NULL;
    g_assert_null (peal_verification_make (info, "sha-1", &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  }
}

/* §5.4, rule 3.6: forms without a hidden FORM_TYPE are passed over. */
static void
forms_without_type (void)
{
  g_autoptr(PealDiscoInfo) info =
      info_from ("<query xmlns='" INFO
                 "'><identity category='client' name='Exodus 0.9.1' type='pc'/>" FEATURES FORM_OF (
                     "<field var='FORM_TYPE'><value>t</value></field>")
                     FORM_OF ("<field var='os'><value>Mac</value></field>") "</query>");
  g_autofree char *version = peal_verification_make (info, "sha-1", NULL);

  g_assert_cmpstr (version, ==, EXODUS_VER);
}

/* --- a world with one server --- */

static const char *const ours[] = { "urn:xmpp:jingle:1", "urn:xmpp:jingle:apps:rtp:1",
                                    "urn:xmpp:jingle:1", NULL };

typedef struct {
  guint heard;
  gboolean had[8]; /* of each answer, in order: the feature of rooms? */
  GQuark domain;
} Answers;

static void
heard (gpointer user, const PealDiscoInfo *info, const GError *why)
{
  Answers *answers = user;

  g_assert_true ((info != NULL) != (why != NULL));
  answers->had[answers->heard++ % 8] = peal_disco_has (info, "http://jabber.org/protocol/muc");
  answers->domain = why ? why->domain : 0;
}

static void
present (FakePort *fake, const char *full, const char *version)
{
  g_autofree char *xml =
      g_strdup_printf ("<presence from='%s'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1'"
                       " node='http://n' ver='%s'/></presence>",
                       full, version);

  fake_port_receive (fake, xml);
}

static void
we_answer_what_we_hash (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealCaps) caps = peal_caps_new (fake_port (fake), ours);
  g_autofree char *hashed = peal_verification_make (peal_caps_own (caps), "sha-1", NULL);
  g_autofree char *ask = g_strdup_printf ("<iq type='get' id='1' from='a@b/c'><query xmlns='" INFO
                                          "' node='https://peal.invalid#%s'/></iq>",
                                          hashed);

  g_assert_cmpstr (hashed, ==, peal_caps_version (caps));
  g_assert_cmpuint (peal_caps_own (caps)->features->len, ==, 5); /* said twice, once there */
  fake_port_up (fake, FALSE);
  fake_port_receive (fake, ask);
  g_assert_nonnull (strstr (fake_port_last (fake, "urn:xmpp:jingle:apps:rtp:1"), hashed));
  fake_port_receive (fake, "<iq type='get' id='2' from='a@b/c'><query xmlns='" INFO "'/></iq>");
  g_assert_cmpuint (fake_port_count (fake, "urn:xmpp:jingle:apps:rtp:1"), ==, 2);
  fake_port_receive (fake, "<iq type='get' id='3' from='a@b/c'><query xmlns='" INFO
                           "' node='other'/></iq>");
  g_assert_nonnull (strstr (fake_port_last (fake, "item-not-found"), "id=\"3\""));
  fake_port_receive (fake, "<iq type='get' id='4' from='a@b/c'><query xmlns='" ITEMS "'/></iq>");
  g_assert_nonnull (strstr (fake_port_last (fake, ITEMS), "type=\"result\""));
}

static void
one_question_per_hash (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealCaps) caps = peal_caps_new (fake_port (fake), ours);
  Answers answers = { 0 };

  fake_port_up (fake, FALSE);
  fake_port_script (fake, NULL, INFO, EXODUS);
  present (fake, "a@x/1", EXODUS_VER);
  present (fake, "b@x/1", EXODUS_VER);
  g_assert_null (peal_caps_lookup (caps, "a@x/1"));
  peal_caps_query (caps, "a@x/1", heard, &answers);
  peal_caps_query (caps, "b@x/1", heard, &answers);
  peal_caps_query (caps, "a@x/1", heard, &answers);
  g_assert_cmpuint (answers.heard, ==, 0);
  fake_port_settle ();
  g_assert_cmpuint (answers.heard, ==, 3);
  g_assert_cmpuint (fake_port_count (fake, INFO), ==, 1);
  g_assert_nonnull (fake_port_last (fake, "node=\"http://n#" EXODUS_VER "\""));

  present (fake, "c@x/1", EXODUS_VER); /* known without a word */
  g_assert_true (
      peal_disco_has (peal_caps_lookup (caps, "c@x/1"), "http://jabber.org/protocol/muc"));
  peal_caps_query (caps, "c@x/1", heard, &answers);
  g_assert_cmpuint (answers.heard, ==, 3); /* never from inside the call */
  fake_port_settle ();
  g_assert_cmpuint (answers.heard, ==, 4);
  g_assert_cmpuint (fake_port_count (fake, INFO), ==, 1);
}

/* Mallory names Exodus's hash and answers otherwise: it holds for mallory alone. */
static void
poisoned_hash (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealCaps) caps = peal_caps_new (fake_port (fake), ours);
  Answers mallory = { 0 }, honest = { 0 };

  fake_port_up (fake, FALSE);
  fake_port_script (fake, NULL, INFO, EXODUS);
  fake_port_script (fake, "mallory@x/1", INFO,
                    "<query xmlns='" INFO
                    "'><identity category='client' type='pc'/><feature var='urn:evil'/></query>");
  present (fake, "mallory@x/1", EXODUS_VER);
  present (fake, "b@x/1", EXODUS_VER);
  peal_caps_query (caps, "mallory@x/1", heard, &mallory);
  peal_caps_query (caps, "b@x/1", heard, &honest);
  fake_port_settle ();
  g_assert_cmpuint (mallory.heard, ==, 1);
  g_assert_false (mallory.had[0]);
  g_assert_cmpuint (honest.heard, ==, 1);
  g_assert_true (honest.had[0]);
  g_assert_cmpuint (fake_port_count (fake, INFO), ==, 2);
  present (fake, "c@x/1", EXODUS_VER);
  g_assert_false (peal_disco_has (peal_caps_lookup (caps, "c@x/1"), "urn:evil"));
}

static void
leader_fails (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealCaps) caps = peal_caps_new (fake_port (fake), ours);
  Answers first = { 0 }, second = { 0 };

  fake_port_up (fake, FALSE);
  fake_port_script (fake, "b@x/1", INFO, EXODUS);
  fake_port_script (fake, "a@x/1", INFO, "!service-unavailable");
  present (fake, "a@x/1", EXODUS_VER);
  present (fake, "b@x/1", EXODUS_VER);
  peal_caps_query (caps, "a@x/1", heard, &first);
  peal_caps_query (caps, "b@x/1", heard, &second);
  fake_port_settle ();
  g_assert_cmpuint (first.heard, ==, 1);
  g_assert_true (first.domain == PEAL_CONDITION);
  g_assert_cmpuint (second.heard, ==, 1);
  g_assert_true (second.had[0]);
}

/* Without a hash each address is asked for itself, and again in a new session. */
static void
without_hash_and_new_session (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealCaps) caps = peal_caps_new (fake_port (fake), ours);
  Answers answers = { 0 };

  fake_port_up (fake, FALSE);
  fake_port_script (fake, NULL, INFO, EXODUS);
  peal_caps_query (caps, "a@x/1", heard, &answers);
  fake_port_settle ();
  g_assert_nonnull (peal_caps_lookup (caps, "a@x/1"));
  g_assert_null (peal_caps_lookup (caps, "b@x/1"));
  fake_port_down (fake);
  fake_port_up (fake, TRUE);
  g_assert_nonnull (peal_caps_lookup (caps, "a@x/1"));
  fake_port_down (fake);
  fake_port_up (fake, FALSE);
  g_assert_null (peal_caps_lookup (caps, "a@x/1"));

  fake_port_script (fake, NULL, INFO, NULL); /* silence, until the session is gone */
  peal_caps_query (caps, "a@x/1", heard, &answers);
  peal_caps_query (caps, "a@x/1", heard, &answers);
  fake_port_down (fake);
  fake_port_up (fake, FALSE);
  g_assert_cmpuint (answers.heard, ==, 3);
  g_assert_true (answers.domain == G_IO_ERROR);
  peal_caps_query (caps, "a@x/1", heard, &answers); /* dropped with caps */
}

/* An address that leaves takes what was known of it alone. */
static void
who_leaves_is_forgotten (void)
{
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealCaps) caps = peal_caps_new (fake_port (fake), ours);
  Answers answers = { 0 };

  fake_port_up (fake, FALSE);
  fake_port_script (fake, NULL, INFO, EXODUS);
  peal_caps_query (caps, "a@x/1", heard, &answers);
  fake_port_settle ();
  fake_port_receive (fake, "<presence from='a@x/1'/>"); /* XEP-0115 §8.4: no <c/> says nothing */
  g_assert_nonnull (peal_caps_lookup (caps, "a@x/1"));
  fake_port_receive (fake, "<presence from='a@x/1' type='unavailable'/>");
  g_assert_null (peal_caps_lookup (caps, "a@x/1"));
}

static void
shelf_is_bounded (void)
{
  g_autoptr(PealShelf) shelf = peal_shelf_new (3, g_free);

  for (guint i = 0; i < 10; i++) {
    g_autofree char *key = g_strdup_printf ("%u", i);
    peal_shelf_put (shelf, key, g_strdup (key));
    g_assert_cmpstr (peal_shelf_get (shelf, "0"), ==, "0"); /* used, so it stays */
  }
  g_assert_cmpuint (peal_shelf_count (shelf), ==, 3);
  g_assert_nonnull (peal_shelf_get (shelf, "9"));
  g_assert_null (peal_shelf_get (shelf, "5"));
  peal_shelf_put (shelf, "9", g_strdup ("nine"));
  g_assert_cmpuint (peal_shelf_count (shelf), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/im/caps/published-hashes", published_hashes);
  g_test_add_func ("/im/caps/ill-formed", ill_formed_infos);
  g_test_add_func ("/im/caps/forms-without-type", forms_without_type);
  g_test_add_func ("/im/caps/we-answer-what-we-hash", we_answer_what_we_hash);
  g_test_add_func ("/im/caps/one-question-per-hash", one_question_per_hash);
  g_test_add_func ("/im/caps/poisoned", poisoned_hash);
  g_test_add_func ("/im/caps/leader-fails", leader_fails);
  g_test_add_func ("/im/caps/without-hash", without_hash_and_new_session);
  g_test_add_func ("/im/caps/who-leaves-is-forgotten", who_leaves_is_forgotten);
  g_test_add_func ("/im/caps/shelf", shelf_is_bounded);
  return g_test_run ();
}
