/* The examples of XEP-0115 and XEP-0215, through what reads them: hashes are checked, services
 * listed. */
// SPDX-License-Identifier: MIT
#include "signaling/im/caps.h"
#include "signaling/im/services.h"
#include "signaling/im/verification.h"
#include "tests/im/fake_port.h"

#include <string.h>

typedef struct {
  xmpp_ctx_t *context;
  xmpp_stanza_t *examples;
} Examples;

static Examples *
examples_new (const char *name)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("PEAL_SOURCE"), "tests", "vectors", "xep", name, NULL);
  g_autofree char *text = NULL;
  Examples *examples = g_new0 (Examples, 1);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  examples->context = xmpp_ctx_new (NULL, NULL);
  examples->examples = xmpp_stanza_new_from_string (examples->context, strstr (text, "?>") + 2);
  g_assert_nonnull (examples->examples);
  return examples;
}

static void
examples_free (Examples *examples)
{
  xmpp_stanza_release (examples->examples);
  xmpp_ctx_free (examples->context);
  g_free (examples);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Examples, examples_free)

/* The stanza of @type with @id; the last one, where an id serves twice. */
static xmpp_stanza_t *
example (Examples *examples, const char *type, const char *id)
{
  xmpp_stanza_t *stanza = NULL;

  for (xmpp_stanza_t *child = xmpp_stanza_get_children (examples->examples); child;
       child = xmpp_stanza_get_next (child)) {
    if (g_strcmp0 (xmpp_stanza_get_id (child), id) == 0 &&
        g_strcmp0 (xmpp_stanza_get_type (child), type) == 0)
      stanza = child;
  }
  g_assert_nonnull (stanza);
  return stanza;
}

static char *
as_text (xmpp_stanza_t *stanza)
{
  xmpp_ctx_t *context = xmpp_stanza_get_context (stanza);
  char *text = NULL;
  size_t length;

  g_assert_cmpint (xmpp_stanza_to_text (stanza, &text, &length), ==, XMPP_EOK);
  char *copy = g_strdup (text);
  xmpp_free (context, text);
  return copy;
}

static char *
payload (xmpp_stanza_t *iq)
{
  xmpp_stanza_t *child = xmpp_stanza_get_children (iq);

  while (!xmpp_stanza_is_tag (child))
    child = xmpp_stanza_get_next (child);
  return as_text (child);
}

/* --- XEP-0115 --- */

/* Every answer in the file names its hash in its node; that of example 4 lies, as published: it
 * lacks a name and a feature of what is hashed. */
static void
hashes (void)
{
  g_autoptr(Examples) examples = examples_new ("xep-0115.xml");
  guint right = 0, wrong = 0;

  for (xmpp_stanza_t *iq = xmpp_stanza_get_children (examples->examples); iq;
       iq = xmpp_stanza_get_next (iq)) {
    if (g_strcmp0 (xmpp_stanza_get_type (iq), "result"))
      continue;
    g_autoptr(PealDiscoInfo) info = peal_disco_info_read (iq, NULL);
    g_autofree char *made = peal_verification_make (info, "sha-1", NULL);
    gboolean holds = g_str_equal (strchr (info->node, '#') + 1, made);
    right += holds;
    wrong += !holds;
  }
  g_assert_cmpuint (right, ==, 2);
  g_assert_cmpuint (wrong, ==, 1);
}

static void
heard (gpointer user, const PealDiscoInfo *info, const GError *why)
{
  *(guint *) user = info ? info->features->len : G_MAXUINT;
}

/* Romeo's presence (example 1) is followed by an answer without its hash (example 4): it holds for
 * him alone. Benvolio names the same hash and answers rightly. */
static void
presences (void)
{
  g_autoptr(Examples) examples = examples_new ("xep-0115.xml");
  g_autoptr(FakePort) fake = fake_port_new ();
  static const char *const nothing[] = { NULL };
  g_autoptr(PealCaps) caps = peal_caps_new (fake_port (fake), nothing);
  g_autofree char *wrong = payload (example (examples, "result", "disco1"));
  g_autofree char *right = payload (example (examples, "result", "simple"));
  xmpp_stanza_t *presence = xmpp_stanza_get_child_by_name (examples->examples, "presence");
  const char *const who[] = { "romeo@montague.lit/orchard", "benvolio@capulet.lit/230193" };
  guint features[2] = { 0 };

  fake_port_up (fake, FALSE);
  fake_port_script (fake, who[0], PEAL_NS_DISCO_INFO, wrong);
  fake_port_script (fake, who[1], PEAL_NS_DISCO_INFO, right);
  for (gsize i = 0; i < G_N_ELEMENTS (who); i++) {
    xmpp_stanza_set_from (presence, who[i]);
    g_autofree char *xml = as_text (presence);
    fake_port_receive (fake, xml);
    peal_caps_query (caps, who[i], heard, &features[i]);
  }
  fake_port_settle ();
  g_assert_cmpuint (features[0], ==, 3);
  g_assert_cmpuint (features[1], ==, 4);
}

/* --- XEP-0215 --- */

static char *
list_text (PealServices *services)
{
  GPtrArray *list = peal_services_list (services);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++) {
    const PealService *service = list->pdata[i];
    g_string_append_printf (text, "%s%s %s:%u %s %s", i ? ", " : "",
                            peal_service_type_words[service->type], service->host, service->port,
                            service->username ? service->username : "-",
                            service->password ? service->password : "-");
  }
  return g_string_free (text, FALSE);
}

#define TURN_2 "turn 192.0.2.1:8889 auu98sjl2wk3e9fjdsl7 93jn3bakj9s832lrjbbz"

static void
lists (void)
{
  static const char *const cases[][2] = {
    { "ul2bc7y6", "stun stun.shakespeare.lit:9998 - -, turn relay.shakespeare.lit:9999 "
                  "nb78932lkjlskjfdb7g8 jj929jkj5sadjfj93v3n, stun 192.0.2.1:8888 - -, " TURN_2 },
    { "yv2c19f7",
      "turn turn.shakespeare.lit:9999 nb78932lkjlskjfdb7g8 jj929jkj5sadjfj93v3n, " TURN_2 },
  };
  g_autoptr(Examples) examples = examples_new ("xep-0215.xml");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr(FakePort) fake = fake_port_new ();
    g_autoptr(PealServices) services = peal_services_new (fake_port (fake));
    g_autofree char *answer = payload (example (examples, "result", cases[i][0]));

    fake_port_script (fake, NULL, "<services", answer);
    fake_port_up (fake, FALSE);
    fake_port_settle ();
    g_autofree char *text = list_text (services);
    g_assert_cmpstr (text, ==, cases[i][1]);
  }
}

/* Examples 6 and 7: we ask as the text does, and take what it answers. */
static void
credentials (void)
{
  g_autoptr(Examples) examples = examples_new ("xep-0215.xml");
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealServices) services = peal_services_new (fake_port (fake));
  g_autofree char *answer = payload (example (examples, "result", "xi2cax48"));

  fake_port_script (
      fake, NULL, "<services",
      "<services xmlns='urn:xmpp:extdisco:2'>"
      "<service host='turn.shakespeare.lit' type='turn' restricted='true'/></services>");
  fake_port_script (fake, NULL, "<credentials", answer);
  fake_port_up (fake, FALSE);
  fake_port_settle ();
  g_autofree char *text = list_text (services);
  g_assert_cmpstr (text, ==,
                   "turn turn.shakespeare.lit:3478 nb78932lkjlskjfdb7g8 jj929jkj5sadjfj93v3n");
  g_assert_nonnull (
      strstr (fake_port_last (fake, "<credentials"), "host=\"turn.shakespeare.lit\""));
}

/* Example 5: a push from the server makes us ask for the whole list. */
static void
push (void)
{
  g_autoptr(Examples) examples = examples_new ("xep-0215.xml");
  g_autoptr(FakePort) fake = fake_port_new ();
  g_autoptr(PealServices) services = peal_services_new (fake_port (fake));
  xmpp_stanza_t *stanza = example (examples, "set", "lh3f1vc7");

  fake_port_script (fake, NULL, "<services", "<services xmlns='urn:xmpp:extdisco:2'/>");
  fake_port_up (fake, FALSE);
  fake_port_settle ();
  xmpp_stanza_set_from (stanza, "montague.example"); /* the fake's server */
  g_autofree char *xml = as_text (stanza);
  fake_port_receive (fake, xml);
  g_assert_nonnull (strstr (fake_port_last (fake, "lh3f1vc7"), "type=\"result\""));
  g_assert_cmpuint (fake_port_count (fake, "type=\"get\""), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/im/vectors/xep-0115/hashes", hashes);
  g_test_add_func ("/im/vectors/xep-0115/presences", presences);
  g_test_add_func ("/im/vectors/xep-0215/lists", lists);
  g_test_add_func ("/im/vectors/xep-0215/credentials", credentials);
  g_test_add_func ("/im/vectors/xep-0215/push", push);
  return g_test_run ();
}
