/* Fuzzes the element codec: any bytes → stanza → structs → stanza → the same structs.
 *
 * The entry point is libFuzzer's, so that any engine which speaks it can drive this file; replay.c
 * is the one that needs nothing but a C compiler. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "tests/wire/tables.h"

#include <string.h>

static void
check_element (const PealElement *element, xmpp_stanza_t *stanza, xmpp_ctx_t *context)
{
  g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  const PealReading how = { peal_test_vocabulary (), notes };
  gpointer value = peal_element_parse (element, stanza, &how, NULL);

  g_assert_cmpuint (notes->len, <=, PEAL_MAX_NOTES);
  if (!value)
    return;

  gpointer copy = peal_element_copy (element, value);
  xmpp_stanza_t *built = peal_element_build (element, copy, context);
  gpointer again = peal_element_parse (element, built, &how, NULL);
  g_autofree char *line = peal_element_print (element, value);
  char *text = NULL;
  size_t length = 0;

  g_assert_true (peal_element_equal (element, value, copy));
  g_assert_true (peal_element_equal (element, value, again));
  g_assert_true (g_utf8_validate (line, -1, NULL));
  g_assert_null (strpbrk (line, "\r\n"));

  /* What we write is XML whatever was read. */
  g_assert_cmpint (xmpp_stanza_to_text (built, &text, &length), ==, XMPP_EOK);
  xmpp_stanza_t *reread = xmpp_stanza_new_from_string (context, text);
  g_assert_nonnull (reread);

  xmpp_stanza_release (reread);
  xmpp_free (context, text);
  xmpp_stanza_release (built);
  peal_element_free (element, again);
  peal_element_free (element, copy);
  peal_element_free (element, value);
}

/* Tries @stanza and all that is in it, down to where stanzas nest in practice. */
static void
walk (xmpp_stanza_t *stanza, xmpp_ctx_t *context, int depth)
{
  for (const PealElement *const *root = peal_test_roots (); *root; root++) {
    if (peal_element_matches (*root, stanza))
      check_element (*root, stanza, context);
  }
  for (const PealElement *const *open = peal_test_vocabulary (); *open; open++) {
    if (peal_element_matches (*open, stanza))
      check_element (*open, stanza, context);
  }
  for (xmpp_stanza_t *child = xmpp_stanza_get_children (stanza); child && depth < 6;
       child = xmpp_stanza_get_next (child)) {
    if (xmpp_stanza_is_tag (child))
      walk (child, context, depth + 1);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, text);

  if (stanza) {
    walk (stanza, context, 0);
    xmpp_stanza_release (stanza);
  }
  xmpp_ctx_free (context);
  return 0;
}
