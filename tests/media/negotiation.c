/* Descriptions in tests: read from text, and shown as text. */
// SPDX-License-Identifier: MIT
#include "tests/media/negotiation.h"

PealRtpDescription *
peal_test_description (const char *text)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, text);
  g_autoptr(GError) error = NULL;

  g_assert_nonnull (stanza);
  PealRtpDescription *description =
      peal_element_parse (&peal_rtp_description_element, stanza, NULL, &error);
  g_assert_no_error (error);
  xmpp_stanza_release (stanza);
  xmpp_ctx_free (context);
  return description;
}

PealRtpDescription *
peal_test_over_the_wire (const PealRtpDescription *description)
{
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *stanza = peal_element_build (&peal_rtp_description_element, description, context);
  char *text;
  size_t length;

  g_assert_cmpint (xmpp_stanza_to_text (stanza, &text, &length), ==, XMPP_EOK);
  PealRtpDescription *read = peal_test_description (text);
  xmpp_free (context, text);
  xmpp_stanza_release (stanza);
  xmpp_ctx_free (context);
  return read;
}

char *
peal_test_show_lines (const PealRtpDescription *description)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; description->payload_types && i < description->payload_types->len; i++) {
    const PealPayloadType *type = description->payload_types->pdata[i];
    g_string_append_printf (text, "%u %s/%u/%u", type->id, type->name, type->clockrate,
                            type->channels);
    for (guint j = 0; type->parameters && j < type->parameters->len; j++) {
      const PealPayloadParameter *parameter = type->parameters->pdata[j];
      g_string_append_printf (text, " %s=%s", parameter->name, parameter->value);
    }
    g_string_append (text, ", ");
  }
  g_string_append (text, description->rtcp_mux ? "mux" : "no mux");
  g_assert_null (description->encryption); /* never, whatever the offer has */
  return g_string_free (text, FALSE);
}

static void
show_pair (GString *text, const char *name, guint8 send, guint8 receive)
{
  g_assert_cmpint (!send, ==, !receive);
  if (send)
    g_string_append_printf (text, " %s %u>%u", name, send, receive);
}

static void
show_id (GString *text, const char *name, guint8 id)
{
  g_assert_cmpuint (id, <=, 14);
  if (id)
    g_string_append_printf (text, " %s=%u", name, id);
}

char *
peal_test_show_agreement (const PealAgreement *agreement)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s %u>%u", agreement->codec->name, agreement->send,
                          agreement->receive);
  show_pair (text, "rtx", agreement->send_rtx, agreement->receive_rtx);
  show_pair (text, "red", agreement->send_red, agreement->receive_red);
  show_pair (text, "red-rtx", agreement->send_red_rtx, agreement->receive_red_rtx);
  show_pair (text, "fec", agreement->send_ulpfec, agreement->receive_ulpfec);
  g_string_append_printf (text, "%s%s%s%s%s%s", agreement->keys_clock ? " keys" : "",
                          agreement->remb ? " remb" : "", agreement->transport_cc ? " cc" : "",
                          agreement->fir ? " fir" : "", agreement->nack ? " nack" : "",
                          agreement->pli ? " pli" : "");
  show_id (text, "level", agreement->ids.audio_level);
  show_id (text, "sent", agreement->ids.abs_send_time);
  show_id (text, "number", agreement->ids.transport_cc);
  show_id (text, "mid", agreement->ids.mid);
  show_id (text, "turn", agreement->ids.orientation);
  g_string_append (text, agreement->reduced_size ? " rsize" : "");
  g_assert_cmpint (agreement->transport_cc, ==, agreement->ids.transport_cc != 0);
  g_assert_cmpuint (agreement->ssrc, !=, 0);
  g_assert_cmpuint (agreement->rtx_ssrc, !=, 0);
  g_assert_cmpuint (agreement->ssrc, !=, agreement->rtx_ssrc);
  return g_string_free (text, FALSE);
}

void
peal_test_mirrors (const PealAgreement *ours, const PealAgreement *theirs)
{
  g_assert_true (ours->codec == theirs->codec);
  g_assert_cmpuint (ours->send, ==, theirs->receive);
  g_assert_cmpuint (ours->receive, ==, theirs->send);
  g_assert_cmpuint (ours->send_rtx, ==, theirs->receive_rtx);
  g_assert_cmpuint (ours->receive_rtx, ==, theirs->send_rtx);
  g_assert_cmpuint (ours->send_red, ==, theirs->receive_red);
  g_assert_cmpuint (ours->receive_red, ==, theirs->send_red);
  g_assert_cmpuint (ours->send_red_rtx, ==, theirs->receive_red_rtx);
  g_assert_cmpuint (ours->receive_red_rtx, ==, theirs->send_red_rtx);
  g_assert_cmpuint (ours->send_ulpfec, ==, theirs->receive_ulpfec);
  g_assert_cmpuint (ours->receive_ulpfec, ==, theirs->send_ulpfec);
  g_assert_cmpint (ours->nack, ==, theirs->nack);
  g_assert_cmpint (ours->pli, ==, theirs->pli);
  g_assert_cmpint (ours->fir, ==, theirs->fir);
  g_assert_cmpint (ours->remb, ==, theirs->remb);
  g_assert_cmpint (ours->transport_cc, ==, theirs->transport_cc);
  g_assert_cmpint (ours->reduced_size, ==, theirs->reduced_size);
  g_assert_cmpmem (&ours->ids, sizeof ours->ids, &theirs->ids, sizeof theirs->ids);
  /* Each says them by a clock of its choice. */
  g_assert_cmpint (!ours->keys_clock, ==, !theirs->keys_clock);
  if (ours->remote_ssrc)
    g_assert_cmpuint (ours->remote_ssrc, ==, theirs->ssrc);
  if (ours->remote_rtx_ssrc)
    g_assert_cmpuint (ours->remote_rtx_ssrc, ==, theirs->rtx_ssrc);
}
