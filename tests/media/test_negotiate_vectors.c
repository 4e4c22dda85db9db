/* Every description of sound and picture in the traces of other clients, taken for an offer: what
 * we answer, and what both sides then come to; and the same with each optional part left out. */
// SPDX-License-Identifier: MIT
#include "tests/media/negotiation.h"

#include <gio/gio.h>
#include <string.h>

typedef struct {
  const char *file;
  const char *agreed[4]; /* of its descriptions in order; proposals do not count */
} Trace;

#define CHROMIUM_VOICE "opus 111>111 keys level=1 sent=2 mid=4 rsize"
#define CHROMIUM_OPUS  "opus 111>111 level=1 sent=2 mid=4 rsize"
#define CHROMIUM_PICTURE                                                                           \
  "VP8 96>96 rtx 97>97 red 118>118 red-rtx 119>119 fec 120>120 remb cc fir nack pli sent=2 "       \
  "number=3 mid=4 turn=13 rsize"
#define CHROMIUM_H264                                                                              \
  "H264 108>108 rtx 109>109 remb cc fir nack pli sent=2 number=3 mid=4 turn=13 rsize"
#define CHROMIUM_ALONE /* without voice its ids are others */                                      \
  "VP8 96>96 rtx 97>97 red 118>118 red-rtx 119>119 fec 120>120 remb cc fir nack pli sent=2 "       \
  "number=4 mid=9 turn=3 rsize"
#define NODE_VOICE "opus 111>111 keys level=1 sent=2 mid=4"
#define NODE_PICTURE                                                                               \
  "VP8 96>96 rtx 97>97 red 125>125 red-rtx 124>124 fec 127>127 remb cc fir nack pli sent=2 "       \
  "number=3 mid=4 turn=13 rsize"
#define BARE_VOICE   "opus 111>111 keys"
#define BARE_PICTURE "VP8 96>96 red 125>125 fec 127>127 rsize"
#define DINO_VOICE   "opus 111>111"
#define DINO_PICTURE "VP8 98>98 remb fir nack pli turn=1"
#define PIDGIN_VOICE "speex 105>105 keys" /* the answer's first, as it is what is sent */
#define PIDGIN_H264  "H264 98>98"         /* with no parameter at all */
#define GAJIM_VOICE  "opus 96>96 keys"

#define TWICE(voice)                                                                               \
  {                                                                                                \
    voice, voice                                                                                   \
  }
#define BOTH_TWICE(voice, picture)                                                                 \
  {                                                                                                \
    voice, picture, voice, picture                                                                 \
  }

static const Trace traces[] = {
  { "dino/02-audio-call", TWICE (DINO_VOICE) },
  { "dino/04-video-call", BOTH_TWICE (DINO_VOICE, DINO_PICTURE) },
  { "dino/06-video-added-by-initiator", { DINO_VOICE, DINO_VOICE, DINO_PICTURE, DINO_PICTURE } },
  { "dino/07-video-added-by-responder", { DINO_VOICE, DINO_VOICE, DINO_PICTURE, DINO_PICTURE } },
  { "dino/10-trickled-candidates", { DINO_VOICE, DINO_VOICE, DINO_PICTURE, DINO_PICTURE } },
  { "dino/11-call-without-jmi",
    { "opus 100>100 keys", "VP8 96>96 rtx 97>97 pli mid=6 turn=5", "opus 100>100",
      "VP8 96>96 pli turn=5" } },
  { "legacy/gajim-calls-pidgin", BOTH_TWICE (GAJIM_VOICE, GAJIM_VOICE) },
  { "legacy/pidgin-audio-call", TWICE (PIDGIN_VOICE) },
  { "legacy/pidgin-av-call", BOTH_TWICE (PIDGIN_VOICE, PIDGIN_H264) },
  { "legacy/pidgin-calls-gajim", TWICE (PIDGIN_VOICE) },
  { "webrtc/chromium-chromium-av-h264.caller", BOTH_TWICE (CHROMIUM_OPUS, CHROMIUM_H264) },
  { "webrtc/chromium-chromium-av-jmi-notrickle.callee",
    BOTH_TWICE (CHROMIUM_VOICE, CHROMIUM_PICTURE) },
  { "webrtc/chromium-chromium-av-jmi-notrickle.caller",
    BOTH_TWICE (CHROMIUM_VOICE, CHROMIUM_PICTURE) },
  { "webrtc/chromium-chromium-av-turn-only.caller", BOTH_TWICE (CHROMIUM_VOICE, CHROMIUM_PICTURE) },
  { "webrtc/chromium-chromium-av.caller", BOTH_TWICE (CHROMIUM_VOICE, CHROMIUM_PICTURE) },
  { "webrtc/chromium-chromium-fakedevice.caller", BOTH_TWICE (CHROMIUM_VOICE, CHROMIUM_PICTURE) },
  { "webrtc/chromium-chromium-icerestart.caller", BOTH_TWICE (CHROMIUM_VOICE, CHROMIUM_PICTURE) },
  { "webrtc/chromium-node-av-unbundled.caller",
    { CHROMIUM_VOICE, CHROMIUM_PICTURE, NODE_VOICE, CHROMIUM_PICTURE } },
  { "webrtc/chromium-node-av.caller",
    { CHROMIUM_VOICE, CHROMIUM_PICTURE, NODE_VOICE, CHROMIUM_PICTURE } },
  { "webrtc/chromium-node-video-only.caller", TWICE (CHROMIUM_ALONE) },
  { "webrtc/node-chromium-av-bare.caller", BOTH_TWICE (BARE_VOICE, BARE_PICTURE) },
  { "webrtc/node-chromium-av.caller", BOTH_TWICE (NODE_VOICE, NODE_PICTURE) },
  { "webrtc/node-node-audio-jmi.callee", TWICE (NODE_VOICE) },
  { "webrtc/node-node-audio-jmi.caller", TWICE (NODE_VOICE) },
  { "webrtc/node-node-audio-turn-only.caller", TWICE (NODE_VOICE) },
  { "webrtc/node-node-audio.caller", TWICE (NODE_VOICE) },
  { "webrtc/node-node-av-notrickle.caller", BOTH_TWICE (NODE_VOICE, NODE_PICTURE) },
  { "webrtc/node-node-av.caller", BOTH_TWICE (NODE_VOICE, NODE_PICTURE) },
  { "webrtc/node-node-callee-hangup.caller", TWICE (NODE_VOICE) },
  { "webrtc/node-node-decline.caller", { NODE_VOICE } },
  { "webrtc/node-node-info.caller", BOTH_TWICE (NODE_VOICE, NODE_PICTURE) },
};

/* All descriptions of RTP in @stanza that have payload types, in order. */
static void
gather (xmpp_stanza_t *stanza, GPtrArray *descriptions)
{
  for (xmpp_stanza_t *child = xmpp_stanza_get_children (stanza); child;
       child = xmpp_stanza_get_next (child)) {
    if (!xmpp_stanza_is_tag (child))
      continue;
    PealRtpDescription *description =
        peal_element_matches (&peal_rtp_description_element, child)
            ? peal_element_parse (&peal_rtp_description_element, child, NULL, NULL)
            : NULL;
    if (description && description->payload_types)
      g_ptr_array_add (descriptions, description);
    else if (description)
      peal_rtp_description_free (description); /* of a proposal */
    else
      gather (child, descriptions);
  }
}

static GPtrArray *
read_trace (const char *file)
{
  g_autofree char *name = g_strconcat (file, ".xml", NULL);
  g_autofree char *path =
      g_build_filename (g_getenv ("PEAL_SOURCE"), "tests", "vectors", name, NULL);
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  GPtrArray *descriptions =
      g_ptr_array_new_with_free_func ((GDestroyNotify) peal_rtp_description_free);

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  xmpp_stanza_t *trace = xmpp_stanza_new_from_string (context, strstr (text, "?>") + 2);
  g_assert_nonnull (trace);
  gather (trace, descriptions);
  xmpp_stanza_release (trace);
  xmpp_ctx_free (context);
  return descriptions;
}

/* Both sides' view of @theirs and what @plan answers; both see it as it goes over the wire. */
static void
settle (const PealRtpDescription *theirs, const PealNegotiatePlan *plan, PealAgreement *agreed)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PealRtpDescription) written = peal_negotiate_answer (theirs, plan, &error);
  g_assert_no_error (error);
  g_autoptr(PealRtpDescription) answer = peal_test_over_the_wire (written);
  PealAgreement peers;

  g_assert_true (peal_element_equal (&peal_rtp_description_element, written, answer));
  g_assert_true (peal_negotiate_agree (theirs, answer, NULL));
  g_assert_true (peal_negotiate_choose (answer, theirs, agreed));
  g_assert_true (peal_negotiate_choose (theirs, answer, &peers));
  peal_test_mirrors (agreed, &peers);
}

/* H.264 needs an encoder that not every machine has. */
static gboolean
can_start (const char *agreed)
{
  g_auto(GStrv) words = g_strsplit (agreed, " ", 2);

  return peal_codec_here (peal_codec_find (words[0])) != NULL;
}

static void
answered (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (traces); i++) {
    g_autoptr(GPtrArray) descriptions = read_trace (traces[i].file);
    const char *const *expected = traces[i].agreed;
    g_test_message ("%s", traces[i].file);
    for (guint j = 0; j < descriptions->len; j++) {
      const PealRtpDescription *theirs = descriptions->pdata[j];
      PealAgreement agreed;
      g_assert_nonnull (expected[j]);
      if (!can_start (expected[j]))
        continue;
      settle (theirs, &(PealNegotiatePlan) { .media = theirs->media }, &agreed);
      g_autofree char *text = peal_test_show_agreement (&agreed);
      g_assert_cmpstr (text, ==, expected[j]);
    }
    g_assert_true (descriptions->len == 4 || !expected[descriptions->len]);
  }
}

/* --- with parts left out --- */

#define N_PARTS 6
static const char *const parts[N_PARTS] = { "ssrc", "hdrext", "rtcp-fb", "rtx", "fec", "rsize" };

/* What is left of what was agreed on. */
static void
take_away (PealAgreement *agreed, const char *part)
{
  if (g_str_equal (part, "hdrext"))
    memset (&agreed->ids, 0, sizeof agreed->ids);
  if (g_str_equal (part, "rtcp-fb"))
    agreed->nack = agreed->pli = agreed->fir = agreed->remb = FALSE;
  if (g_str_equal (part, "rtcp-fb"))
    agreed->ids.transport_cc = 0;
  if (g_str_equal (part, "rtx"))
    agreed->send_rtx = agreed->receive_rtx = 0;
  if (g_str_equal (part, "fec"))
    agreed->send_red = agreed->receive_red = agreed->send_ulpfec = agreed->receive_ulpfec = 0;
  if (g_str_equal (part, "fec") || g_str_equal (part, "rtx"))
    agreed->send_red_rtx = agreed->receive_red_rtx = 0;
  if (g_str_equal (part, "rsize"))
    agreed->reduced_size = FALSE;
  agreed->transport_cc = agreed->ids.transport_cc != 0;
}

static void
drop_list (const PealElement *element, GPtrArray **list)
{
  for (guint i = 0; *list && i < (*list)->len; i++)
    peal_element_free (element, (*list)->pdata[i]);
  g_clear_pointer (list, g_ptr_array_unref);
}

/* The table of the items of the list called @name in descriptions, or in lines. */
static const PealElement *
table_of (const PealElement *parent, const char *name)
{
  for (const PealField *field = parent->fields; field->kind != PEAL_KIND_END; field++)
    if (field->element && g_str_equal (field->element->name, name))
      return field->element;
  g_assert_not_reached ();
}

static void
drop_lines (PealRtpDescription *description, const char *name)
{
  for (guint i = description->payload_types->len; i-- > 0;) {
    PealPayloadType *line = description->payload_types->pdata[i];
    if (g_strcmp0 (line->name, name) != 0)
      continue;
    g_ptr_array_remove_index (description->payload_types, i);
    peal_element_free (&peal_payload_type_element, line);
  }
}

/* As another client would offer it that knows nothing of @part. */
static void
strip_theirs (PealRtpDescription *theirs, const char *part)
{
  const PealElement *whole = &peal_rtp_description_element;
  const PealElement *feedback = table_of (&peal_payload_type_element, "rtcp-fb");

  if (g_str_equal (part, "ssrc")) {
    theirs->ssrc = 0;
    drop_list (table_of (whole, "source"), &theirs->sources);
    drop_list (table_of (whole, "ssrc-group"), &theirs->groups);
  }
  if (g_str_equal (part, "hdrext"))
    drop_list (table_of (whole, "rtp-hdrext"), &theirs->extensions);
  for (guint i = 0; g_str_equal (part, "rtcp-fb") && i < theirs->payload_types->len; i++)
    drop_list (feedback, &((PealPayloadType *) theirs->payload_types->pdata[i])->feedback);
  if (g_str_equal (part, "rtx"))
    drop_lines (theirs, "rtx");
  if (g_str_equal (part, "fec"))
    drop_lines (theirs, "red");
  if (g_str_equal (part, "fec"))
    drop_lines (theirs, "ulpfec");
  if (g_str_equal (part, "rsize"))
    theirs->rtcp_reduced_size = FALSE;
}

static void
expect_without (const PealAgreement *got, const PealAgreement *whole, const char *const *without)
{
  PealAgreement rest = *whole;

  for (; *without; without++)
    take_away (&rest, *without);
  g_autofree char *text = peal_test_show_agreement (got);
  g_autofree char *expected = peal_test_show_agreement (&rest);
  g_assert_cmpstr (text, ==, expected);
}

/* Whoever of both leaves them out: what is left works as before. */
static void
without (const PealRtpDescription *theirs, const char *const *words)
{
  g_autofree char *strip = g_strjoinv (",", (char **) words);
  PealNegotiatePlan plan = { .media = theirs->media }, less = { theirs->media, NULL, strip };
  g_autoptr(PealRtpDescription) poorer = peal_element_copy (&peal_rtp_description_element, theirs);
  PealAgreement whole, ours, peers;

  for (const char *const *word = words; *word; word++)
    strip_theirs (poorer, *word);
  settle (theirs, &plan, &whole);
  settle (theirs, &less, &ours);
  expect_without (&ours, &whole, words);
  settle (poorer, &plan, &peers);
  expect_without (&peers, &whole, words);
  if (g_strv_contains (words, "ssrc"))
    g_assert_cmpuint (peers.remote_ssrc | peers.remote_rtx_ssrc, ==, 0);
}

static void
answered_without_parts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (traces); i++) {
    g_autoptr(GPtrArray) descriptions = read_trace (traces[i].file);
    for (guint j = 0; j < descriptions->len; j++) {
      if (!can_start (traces[i].agreed[j]))
        continue;
      for (guint k = 0; k < N_PARTS; k++)
        without (descriptions->pdata[j], (const char *const[]) { parts[k], NULL });
      without (descriptions->pdata[j],
               (const char *const[]) { parts[0], parts[1], parts[2], parts[3], parts[4], parts[5],
                                       NULL });
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/negotiate-vectors/answered", answered);
  g_test_add_func ("/negotiate-vectors/answered_without_parts", answered_without_parts);
  return g_test_run ();
}
