/* A port with a scripted server behind it. */
// SPDX-License-Identifier: MIT
#include "tests/im/fake_port.h"

#include <string.h>

#define ERROR "<error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"

typedef struct {
  char *to, *part, *answer;
} Script;

struct FakePort {
  PealPort *port;
  xmpp_ctx_t *context;
  GPtrArray *scripts; /* of Script */
  GPtrArray *sent;    /* of char * */
  GQueue answers;     /* of char *: stanzas on their way to us */
  guint turn;
};

static void
script_free (gpointer data)
{
  Script *script = data;

  g_free (script->to);
  g_free (script->part);
  g_free (script->answer);
  g_free (script);
}

static gboolean
deliver (gpointer user)
{
  FakePort *fake = user;
  g_autofree char *xml = g_queue_pop_head (&fake->answers);

  if (xml)
    fake_port_receive (fake, xml);
  if (fake->answers.length)
    return G_SOURCE_CONTINUE;
  fake->turn = 0;
  return G_SOURCE_REMOVE;
}

static void
answer (FakePort *fake, xmpp_stanza_t *iq, const char *text)
{
  const char *to = xmpp_stanza_get_to (iq);
  g_autofree char *from = to ? g_strdup_printf (" from='%s'", to) : g_strdup ("");
  g_autofree char *refusal = *text == '!' ? g_strdup_printf (ERROR, text + 1) : NULL;

  g_queue_push_tail (&fake->answers,
                     g_strdup_printf ("<iq type='%s' id='%s' to='" FAKE_JID "'%s>%s</iq>",
                                      refusal ? "error" : "result", xmpp_stanza_get_id (iq), from,
                                      refusal ? refusal : text));
  if (!fake->turn)
    fake->turn = g_idle_add (deliver, fake);
}

static void
play (FakePort *fake, xmpp_stanza_t *iq, const char *text)
{
  for (guint i = fake->scripts->len; i-- > 0;) {
    const Script *script = fake->scripts->pdata[i];
    if ((script->to && g_strcmp0 (script->to, xmpp_stanza_get_to (iq))) ||
        !strstr (text, script->part))
      continue;
    if (script->answer)
      answer (fake, iq, script->answer);
    return;
  }
}

static gboolean
take (gpointer user, xmpp_stanza_t *stanza)
{
  FakePort *fake = user;
  const char *type = xmpp_stanza_get_type (stanza);
  char *text;
  size_t length;

  g_assert_cmpint (xmpp_stanza_to_text (stanza, &text, &length), ==, XMPP_EOK);
  g_ptr_array_add (fake->sent, g_strdup (text));
  if (g_str_equal (xmpp_stanza_get_name (stanza), "iq") &&
      (g_str_equal (type, "get") || g_str_equal (type, "set")))
    play (fake, stanza, text);
  xmpp_free (xmpp_stanza_get_context (stanza), text);
  return TRUE;
}

FakePort *
fake_port_new (void)
{
  static const PealPortDriver driver = { .send = take };
  FakePort *fake = g_new0 (FakePort, 1);

  fake->port = peal_port_new (&driver, fake);
  fake->context = xmpp_ctx_new (NULL, NULL);
  fake->scripts = g_ptr_array_new_with_free_func (script_free);
  fake->sent = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&fake->answers);
  return fake;
}

void
fake_port_free (FakePort *fake)
{
  if (fake->turn)
    g_source_remove (fake->turn);
  peal_port_free (fake->port);
  xmpp_ctx_free (fake->context);
  g_queue_clear_full (&fake->answers, g_free);
  g_ptr_array_unref (fake->scripts);
  g_ptr_array_unref (fake->sent);
  g_free (fake);
}

PealPort *
fake_port (FakePort *fake)
{
  return fake->port;
}

void
fake_port_up (FakePort *fake, gboolean resumed)
{
  peal_port_state (fake->port, FAKE_JID, resumed);
}

void
fake_port_down (FakePort *fake)
{
  peal_port_state (fake->port, NULL, FALSE);
}

void
fake_port_script (FakePort *fake, const char *to, const char *part, const char *answer_text)
{
  Script *script = g_new0 (Script, 1);

  *script = (Script) { g_strdup (to), g_strdup (part), g_strdup (answer_text) };
  g_ptr_array_add (fake->scripts, script);
}

void
fake_port_receive (FakePort *fake, const char *xml)
{
  gsize name = strcspn (xml, " />");
  g_autofree char *whole =
      g_strdup_printf ("%.*s xmlns='jabber:client'%s", (int) name, xml, xml + name);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (fake->context, whole);

  g_assert_nonnull (stanza);
  peal_port_receive (fake->port, stanza);
  xmpp_stanza_release (stanza);
}

guint
fake_port_count (FakePort *fake, const char *part)
{
  guint count = 0;

  for (guint i = 0; i < fake->sent->len; i++)
    count += strstr (fake->sent->pdata[i], part) != NULL;
  return count;
}

const char *
fake_port_last (FakePort *fake, const char *part)
{
  for (guint i = fake->sent->len; i-- > 0;)
    if (strstr (fake->sent->pdata[i], part))
      return fake->sent->pdata[i];
  return NULL;
}

void
fake_port_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static gboolean
too_late (gpointer user)
{
  g_error ("waited 10 s in vain");
  return G_SOURCE_REMOVE;
}

void
fake_port_until (const gboolean *done)
{
  guint limit = g_timeout_add_seconds (10, too_late, NULL);

  while (!*done)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
}
