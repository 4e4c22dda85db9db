/* Fuzzes the element codec: any bytes → stanza → structs → stanza → the same structs.
 *
 * The entry point is libFuzzer's, so that any engine which speaks it can drive this file; replay.c
 * is the one that needs nothing but a C compiler. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "media/rtp_wire.h"
#include "signaling/im/disco.h"
#include "signaling/jingle/jingle.h"
#include "signaling/stream/stream_wire.h"
#include "tests/wire/tables.h"
#include "transport/transport_wire.h"

/* Tables that stand in no stanza of a peer by themselves, or come from the server. Those that are
 * private to a room of im are reached by fuzz_client.c. */
static const PealElement *const others[] = {
  &peal_disco_items_element,
  &peal_fingerprint_element,
  &peal_candidate_element,
  &peal_payload_type_element,
  &peal_reason_element,
  &peal_wire_features,
  &peal_wire_auth,
  &peal_wire_challenge,
  &peal_wire_response,
  &peal_wire_success,
  &peal_wire_sasl_failure,
  &peal_wire_bind_iq,
  &peal_wire_enable,
  &peal_wire_enabled,
  &peal_wire_resume,
  &peal_wire_resumed,
  &peal_wire_ack,
  &peal_wire_failed,
  &peal_wire_stream_error,
  NULL,
};

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

static void
try_all (const PealElement *const *tables, xmpp_stanza_t *stanza, xmpp_ctx_t *context)
{
  for (; *tables; tables++)
    if (peal_element_matches (*tables, stanza))
      check_element (*tables, stanza, context);
}

/* Tries @stanza and all that is in it, down to where stanzas nest in practice. */
static void
walk (xmpp_stanza_t *stanza, xmpp_ctx_t *context, int depth)
{
  try_all (peal_test_roots (), stanza, context);
  try_all (peal_test_vocabulary (), stanza, context);
  try_all (others, stanza, context);
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
