/* Stanza errors: every condition comes back from its XML; odd errors of peers are read calmly. */
// SPDX-License-Identifier: MIT
#include "signaling/wire/condition.h"

#include <string.h>

/* Wraps <error/> (taken) into an <iq/>, as text and back, as a peer would get it. */
static xmpp_stanza_t *
over_the_wire (xmpp_stanza_t *error, xmpp_ctx_t *context)
{
  xmpp_stanza_t *iq = xmpp_iq_new (context, "error", "1");
  char *text = NULL;
  size_t length = 0;

  xmpp_stanza_add_child_ex (iq, error, FALSE);
  g_assert_cmpint (xmpp_stanza_to_text (iq, &text, &length), ==, XMPP_EOK);
  xmpp_stanza_release (iq);
  iq = xmpp_stanza_new_from_string (context, text);
  g_assert_nonnull (iq);
  xmpp_free (context, text);
  return iq;
}

static void
every_condition (void)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);

  for (int i = 1; i < PEAL_N_CONDITIONS; i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *expected = g_strdup_printf ("%s: why & how", peal_condition_name (i));
    xmpp_stanza_t *iq = over_the_wire (peal_condition_build (i, "why & how", context), context);

    peal_condition_read (iq, &error);
    g_assert_error (error, PEAL_CONDITION, i);
    g_assert_cmpstr (error->message, ==, expected);
    xmpp_stanza_release (iq);
  }
  xmpp_ctx_free (context);
}

static void
read_text (const char *xml, PealCondition condition, const char *message)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *iq = xmpp_stanza_new_from_string (context, xml);
  g_autoptr(GError) error = NULL;

  peal_condition_read (iq, &error);
  g_assert_error (error, PEAL_CONDITION, (int) condition);
  g_assert_cmpstr (error->message, ==, message);
  xmpp_stanza_release (iq);
  xmpp_ctx_free (context);
}

/* XEP-0166 §6.3.2 and others: an application condition beside the defined one, in any order. */
static void
application_conditions (void)
{
  read_text ("<iq type='error'><error type='cancel'>"
             "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
             "<tie-break xmlns='urn:xmpp:jingle:errors:1'/></error></iq>",
             PEAL_TIE_BREAK, "tie-break");
  read_text ("<iq type='error'><error type='cancel'>"
             "<unknown-session xmlns='urn:xmpp:jingle:errors:1'/>"
             "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
             PEAL_UNKNOWN_SESSION, "unknown-session");
}

/* stanza.js sends errors without a condition; some are in no namespace that means anything. */
static void
odd_errors (void)
{
  const char *undefined = "undefined-condition";

  read_text ("<iq type='error'><error type='cancel'/></iq>", PEAL_UNDEFINED_CONDITION, undefined);
  read_text ("<iq type='error'/>", PEAL_UNDEFINED_CONDITION, undefined);
  read_text ("<iq type='error'><error><general-error xmlns='urn:x'/>text</error></iq>",
             PEAL_UNDEFINED_CONDITION, undefined);
  read_text ("<iq type='error'><error><conflict xmlns='urn:xmpp:jingle:errors:1'/></error></iq>",
             PEAL_UNDEFINED_CONDITION, undefined);
}

/* A text of any length must neither fill our log nor be cut within a character. */
static void
long_text (void)
{
  g_autoptr(GString) xml = g_string_new ("<iq type='error'><error><gone xmlns='urn:ietf:params:"
                                          "xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:"
                                          "ns:xmpp-stanzas'>a");
  for (int i = 0; i < 5000; i++)
    g_string_append (xml, "\303\251");
  g_string_append (xml, "</text></error></iq>");

  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *iq = xmpp_stanza_new_from_string (context, xml->str);
  g_autoptr(GError) error = NULL;
  peal_condition_read (iq, &error);
  g_assert_error (error, PEAL_CONDITION, PEAL_GONE);
  g_assert_cmpuint (strlen (error->message), ==, strlen ("gone: ") + 199);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  xmpp_stanza_release (iq);
  xmpp_ctx_free (context);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/condition/every-condition", every_condition);
  g_test_add_func ("/condition/application-conditions", application_conditions);
  g_test_add_func ("/condition/odd-errors", odd_errors);
  g_test_add_func ("/condition/long-text", long_text);
  return g_test_run ();
}
