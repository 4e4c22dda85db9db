/* Reading <stream:error/>. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/stream_error.h"

#include "signaling/stream/stream_wire.h"

gboolean
peal_stream_error_is (xmpp_stanza_t *element)
{
  return peal_element_matches (&peal_wire_stream_error, element);
}

/* Three make another try pointless; after the others the server may recover. */
static GError *
sentence (PealStreamCondition condition, const char *text, const PealStreamParties *parties)
{
  switch (condition) {
  case PEAL_STREAM_CONFLICT:
    return peal_failure_new (
        PEAL_FAILURE_CONFLICT,
        "another login as %s took the place of this one%s; give each its own --resource",
        parties->self, text);
  case PEAL_STREAM_HOST_UNKNOWN:
  case PEAL_STREAM_HOST_GONE:
    return peal_failure_new (PEAL_FAILURE_HOST_UNKNOWN, "%s does not serve %s%s; check the address",
                             parties->where, parties->domain, text);
  case PEAL_STREAM_SEE_OTHER_HOST: /* in clear: else it is followed */
    return peal_failure_new (PEAL_FAILURE_SEE_OTHER_HOST,
                             "%s sends us to another server before anybody vouches for it%s, so we "
                             "did not go; name the server with --server",
                             parties->where, text);
  default:
    return peal_failure_new (PEAL_FAILURE_STREAM_ERROR,
                             "%s ended the stream: %s%s; try again later", parties->where,
                             peal_stream_condition_words[condition], text);
  }
}

GError *
peal_stream_error_read (xmpp_stanza_t *element, const PealStreamParties *parties,
                        gboolean *hopeless)
{
  PealStreamError *error = peal_element_parse (&peal_wire_stream_error, element, NULL, NULL);
  PealStreamCondition condition =
      error && error->condition ? error->condition : PEAL_STREAM_ERROR_UNKNOWN;
  g_autofree char *text =
      error && error->text && *error->text ? g_strdup_printf (" (%s)", error->text) : g_strdup ("");
  peal_element_free (&peal_wire_stream_error, error);
  if (hopeless)
    *hopeless = condition == PEAL_STREAM_CONFLICT || condition == PEAL_STREAM_HOST_UNKNOWN ||
                condition == PEAL_STREAM_HOST_GONE;
  return sentence (condition, text, parties);
}
