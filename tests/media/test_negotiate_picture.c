/* Offers and answers of pictures, rule by rule: what is the same codec, what repairs it, what its
 * packets may say, and what of all this is passed over. */
// SPDX-License-Identifier: MIT
#include "media/rtp.h"
#include "tests/media/negotiation.h"

#include "signaling/event.h"

#include <string.h>

#define PICTURE(inside)                                                                            \
  "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'>" inside "</description>"
#define LINE(id, name, inside)                                                                     \
  "<payload-type id='" #id "' name='" name "' clockrate='90000' channels='1'>" inside              \
  "</payload-type>"
#define SAYS(name, value) "<parameter name='" name "' value='" value "'/>"
#define FEEDBACK(type)    "<rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type=" type "/>"
#define EXTENSION(id, uri)                                                                         \
  "<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='" #id "' uri='" uri "'/>"
#define MID    "urn:ietf:params:rtp-hdrext:sdes:mid"
#define TURN   "urn:3gpp:video-orientation"
#define SENT   "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
#define NUMBER "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

static PealRtpDescription *
offer_as (PealMedia media, const char *codecs)
{
  g_autoptr(GError) error = NULL;
  PealRtpDescription *offer =
      peal_negotiate_offer (&(PealNegotiatePlan) { .media = media, .codecs = codecs }, &error);

  g_assert_no_error (error);
  return offer;
}

/* What @text comes to; NULL: it is refused. Given. */
static char *
agreed_on (const char *text, PealAgreement *agreement)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PealRtpDescription) theirs = peal_test_description (text);
  g_autoptr(PealRtpDescription) answer =
      peal_negotiate_answer (theirs, &(PealNegotiatePlan) { .media = PEAL_MEDIA_VIDEO }, &error);
  PealAgreement peers;

  g_assert_true ((answer == NULL) == (error != NULL));
  if (!answer) {
    g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA);
    return NULL;
  }
  g_assert_true (peal_negotiate_choose (answer, theirs, agreement));
  g_assert_true (peal_negotiate_choose (theirs, answer, &peers));
  peal_test_mirrors (agreement, &peers);
  return peal_test_show_agreement (agreement);
}

static void
expect (const char *text, const char *expected)
{
  PealAgreement agreement;
  g_autofree char *shown = agreed_on (text, &agreement);

  g_assert_cmpstr (shown, ==, expected);
}

/* --- our offers --- */

static void
offers (void)
{
  g_autoptr(PealRtpDescription) offer = offer_as (PEAL_MEDIA_VIDEO, "opus, VP9 ,vp8");
  g_autofree char *lines = peal_test_show_lines (offer);
  const PealPayloadType *vp9 = offer->payload_types->pdata[0];
  PealAgreement agreement;

  g_assert_cmpstr (lines, ==,
                   "98 VP9/90000/0 profile-id=0, 96 VP8/90000/0, 99 rtx/90000/0 apt=98, "
                   "97 rtx/90000/0 apt=96, 120 red/90000/0, 121 rtx/90000/0 apt=120, "
                   "123 ulpfec/90000/0, mux");
  g_assert_cmpuint (vp9->feedback->len, ==, 5);
  g_assert_true (peal_negotiate_choose (offer, offer, &agreement));
  g_autofree char *all = peal_test_show_agreement (&agreement);
  g_assert_cmpstr (all, ==,
                   "VP9 98>98 rtx 99>99 red 120>120 red-rtx 121>121 fec 123>123 remb cc fir nack "
                   "pli sent=2 number=3 mid=4 turn=13 rsize");
  g_assert_cmpuint (agreement.ssrc, ==, offer->ssrc);
  g_assert_cmpuint (offer->groups->len, ==, 1);
}

static gboolean
has_codec (const PealRtpDescription *description, const char *name)
{
  for (guint i = 0; i < description->payload_types->len; i++)
    if (g_str_equal (((PealPayloadType *) description->payload_types->pdata[i])->name, name))
      return TRUE;
  return FALSE;
}

/* What a list does not name of one kind, it leaves alone; AV1 has to be named. */
static void
codecs_of_both_kinds_are_in_one_list (void)
{
  g_autoptr(PealRtpDescription) all = offer_as (PEAL_MEDIA_VIDEO, NULL);
  g_autoptr(PealRtpDescription) pictures = offer_as (PEAL_MEDIA_VIDEO, "opus");
  g_autoptr(PealRtpDescription) voices = offer_as (PEAL_MEDIA_AUDIO, "vp8");
  g_autoptr(GError) error = NULL, usage = NULL;
  PealNegotiatePlan av1 = { .media = PEAL_MEDIA_VIDEO, .codecs = "av1" };
  g_autoptr(PealRtpDescription) named = peal_negotiate_offer (&av1, &error);
  PealNegotiatePlan unknown = { .media = PEAL_MEDIA_VIDEO, .codecs = "h261,silk" };

  for (const PealCodec *const *codec = peal_picture_codecs; *codec; codec++) {
    gboolean expected = peal_codec_here (*codec) && !(*codec)->by_name_only;
    g_assert_cmpint (has_codec (all, (*codec)->name), ==, expected);
    g_assert_cmpint (has_codec (pictures, (*codec)->name), ==, expected);
  }
  g_assert_true (has_codec (voices, "opus") && has_codec (voices, "PCMU"));
  if (peal_codec_here (peal_codec_find ("av1")))
    g_assert_true (has_codec (named, "AV1") && !has_codec (named, "VP8"));
  else
    g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA);
  g_assert_null (peal_negotiate_offer (&unknown, &usage));
  g_assert_error (usage, PEAL_CAUSE, PEAL_CAUSE_USAGE);
}

/* RFC 8843 §9: on one transport no number and no id may mean two things. */
static void
voice_and_picture_may_share_a_transport (void)
{
  g_autoptr(PealRtpDescription) voice = offer_as (PEAL_MEDIA_AUDIO, NULL);
  g_autoptr(PealRtpDescription) picture = offer_as (PEAL_MEDIA_VIDEO, "vp8,vp9,h264,av1");
  const PealRtpDescription *both[] = { voice, picture };
  const char *uris[16] = { NULL };
  gboolean numbers[128] = { FALSE };

  for (guint i = 0; i < G_N_ELEMENTS (both); i++) {
    for (guint j = 0; j < both[i]->payload_types->len; j++) {
      guint id = ((PealPayloadType *) both[i]->payload_types->pdata[j])->id;
      g_assert_false (numbers[id]);
      g_assert_false (id >= 64 && id < 96); /* RFC 5761 §4: these look like reports */
      numbers[id] = TRUE;
    }
    for (guint j = 0; j < both[i]->extensions->len; j++) {
      const PealHeaderExtension *extension = both[i]->extensions->pdata[j];
      g_assert_cmpuint (extension->id, >=, 1);
      g_assert_cmpuint (extension->id, <=, 14);
      if (uris[extension->id])
        g_assert_cmpstr (uris[extension->id], ==, extension->uri);
      uris[extension->id] = extension->uri;
    }
  }
  for (guint i = 1; i < 16; i++)
    for (guint j = 1; uris[i] && j < i; j++)
      g_assert_cmpstr (uris[i], !=, uris[j]);
  g_assert_cmpuint (voice->ssrc, !=, picture->ssrc);
}

/* --- the same codec, or not --- */

static void
h264_goes_by_profile_and_mode (void)
{
  const struct {
    const char *level_id, *mode, *two; /* of the offer; NULL: not said */
    const char *answered;              /* as level id; "": none; NULL: refused */
    guint most_pixels;                 /* that they may be sent */
  } rows[] = {
    { "42e01f", "1", "1", "42e01f", 921600 }, /* as browsers */
    { "42E01F", "1", "1", "42e01f", 921600 },
    { "42c01f", "1", "1", "42c01f", 921600 }, /* the same profile: RFC 6184 table 5 */
    { "4d801f", "1", "1", "4d801f", 921600 },
    { "42e015", "1", NULL, "42e015", 202752 },
    { "42e015", "1", "1", "42e01f", 202752 }, /* each may send what the other takes */
    { "42e034", "1", NULL, "42e01f", 9437184 },
    { "42f00b", "1", NULL, "42f00b", 25344 }, /* 1b */
    { NULL, NULL, NULL, "", 0 },              /* GStreamer's own */
    { NULL, "1", NULL, "", 0 },
    { "42001f", "1", "1", NULL, 0 }, /* baseline, which is more than we understand */
    { "4d001f", "1", "1", NULL, 0 },
    { "64001f", "1", "1", NULL, 0 },
    { "42e01f", "0", "1", NULL, 0 },
    { "42e01f", NULL, "1", NULL, 0 },
    { "42e01f", "2", "1", NULL, 0 },
    { "hello", "1", "1", NULL, 0 },
    { "42e01f42e01f", "1", "1", NULL, 0 },
  };

  if (!peal_codec_here (peal_codec_find ("h264"))) {
    g_test_skip ("nothing makes H.264 here");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GString) text = g_string_new ("");
    const char *const says[][2] = { { "profile-level-id", rows[i].level_id },
                                    { "packetization-mode", rows[i].mode },
                                    { "level-asymmetry-allowed", rows[i].two } };
    for (guint j = 0; j < G_N_ELEMENTS (says); j++)
      if (says[j][1])
        g_string_append_printf (text, SAYS ("%s", "%s"), says[j][0], says[j][1]);
    g_autofree char *whole = g_strdup_printf (PICTURE (LINE (100, "h264", "%s")), text->str);
    PealAgreement agreement = { 0 };
    g_autofree char *shown = agreed_on (whole, &agreement);
    g_test_message ("%s", text->str);
    g_assert_cmpstr (shown, ==, rows[i].answered ? "H264 100>100" : NULL);
    g_assert_cmpuint (agreement.most_pixels, ==, rows[i].most_pixels);
    if (!shown)
      continue;
    g_autoptr(PealRtpDescription) theirs = peal_test_description (whole);
    g_autoptr(PealRtpDescription) answer =
        peal_negotiate_answer (theirs, &(PealNegotiatePlan) { .media = PEAL_MEDIA_VIDEO }, NULL);
    g_autofree char *lines = peal_test_show_lines (answer);
    g_assert_true (!*rows[i].answered == !strstr (lines, "profile-level-id="));
    g_assert_nonnull (strstr (lines, rows[i].answered));
  }
}

static void
one_name_may_be_another_format (void)
{
  expect (PICTURE (LINE (98, "VP9", SAYS ("profile-id", "2"))), NULL);
  expect (PICTURE (LINE (98, "VP9", "")), "VP9 98>98");
  expect (PICTURE (LINE (97, "VP9", SAYS ("profile-id", "2"))
                       LINE (98, "VP9", SAYS ("profile-id", "0"))),
          "VP9 98>98");
  expect (PICTURE ("<payload-type id='96' name='VP8' clockrate='48000'/>"), NULL);
  expect (PICTURE ("<payload-type id='96' name='vp8'/>"), "VP8 96>96");
}

/* --- what repairs --- */

static void
repair_belongs_to_a_codec (void)
{
  expect (PICTURE (LINE (96, "VP8", "") LINE (100, "RTX", SAYS ("apt", "96"))),
          "VP8 96>96 rtx 100>100");
  expect (PICTURE (LINE (96, "VP8", "") LINE (100, "rtx", SAYS ("apt", "98"))), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") LINE (100, "rtx", SAYS ("apt", "352"))), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") LINE (100, "rtx", "<parameter name='apt'/>")), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") LINE (96, "rtx", SAYS ("apt", "96"))), "VP8 96>96");
  /* One of the two is of no use. */
  expect (PICTURE (LINE (96, "VP8", "") LINE (100, "red", "")), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") LINE (100, "ulpfec", "")), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") LINE (100, "red", "") LINE (100, "ulpfec", "")),
          "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") LINE (100, "red", "") LINE (101, "ulpfec", "")),
          "VP8 96>96 red 100>100 fec 101>101");
}

static void
repair_alone_is_no_codec (void)
{
  expect (PICTURE (LINE (100, "red", "") LINE (101, "ulpfec", "")
                       LINE (102, "rtx", SAYS ("apt", "100"))),
          NULL);
  expect (PICTURE (""), NULL);
  expect (PICTURE (LINE (0, "PCMU", "")), NULL);
  expect (PICTURE ("<payload-type id='34'/>"), NULL);
  expect ("<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'>" LINE (
              96, "VP8", "") "</description>",
          NULL);
  expect ("<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='smell'>" LINE (
              96, "VP8", "") "</description>",
          NULL);
}

/* --- feedback and header extensions --- */

static void
unknown_feedback_is_passed_over (void)
{
  expect (PICTURE (LINE (96, "VP8",
                         FEEDBACK ("'nack' subtype='sli'") FEEDBACK ("'x-mine'")
                             FEEDBACK ("'ccm' subtype='tmmbr'") FEEDBACK ("'ccm'"))),
          "VP8 96>96");
  expect (
      PICTURE (LINE (96, "VP8", FEEDBACK ("'NACK' subtype='PLI'") FEEDBACK ("'nack' subtype=''"))),
      "VP8 96>96 nack pli");
  /* XEP-0293 §3.1: of all payload types. */
  expect (PICTURE (LINE (96, "VP8", "") FEEDBACK ("'nack'") FEEDBACK ("'ccm' subtype='fir'")),
          "VP8 96>96 fir nack");
  /* Numbers on the path need their place in the header, and the other way round. */
  expect (PICTURE (LINE (96, "VP8", FEEDBACK ("'transport-cc'"))), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") EXTENSION (5, NUMBER)), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", FEEDBACK ("'transport-cc'")) EXTENSION (5, NUMBER)),
          "VP8 96>96 cc number=5");
}

static void
ids_that_cannot_be_are_passed_over (void)
{
  expect (PICTURE (LINE (96, "VP8", "") EXTENSION (14, MID)), "VP8 96>96 mid=14");
  expect (PICTURE (LINE (96, "VP8", "") EXTENSION (0, MID)), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") EXTENSION (15, MID)), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") EXTENSION (4096, MID)), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") EXTENSION (65535, MID)), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") EXTENSION (9, "urn:x") EXTENSION (9, MID)), "VP8 96>96");
  expect (PICTURE (LINE (96, "VP8", "") EXTENSION (9, MID) EXTENSION (9, TURN)), "VP8 96>96 mid=9");
  expect (PICTURE (LINE (96, "VP8", "") EXTENSION (2, MID) EXTENSION (3, MID)), "VP8 96>96 mid=2");
  expect (PICTURE (LINE (96, "VP8", "") EXTENSION (1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level")
                       EXTENSION (2, SENT)),
          "VP8 96>96 sent=2");
  expect (PICTURE (LINE (96, "VP8", "") "<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' "
                                        "id='3' senders='none' uri='" MID "'/>"),
          "VP8 96>96");
}

/* The answer's direction is the offer's; it has not turned round since. */
static void
directions_of_extensions_are_kept (void)
{
  g_autoptr(PealRtpDescription) theirs = peal_test_description (
      PICTURE (LINE (96, "VP8", "") "<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' "
                                    "id='3' senders='initiator' uri='" TURN "'/>"));
  g_autoptr(PealRtpDescription) answer =
      peal_negotiate_answer (theirs, &(PealNegotiatePlan) { .media = PEAL_MEDIA_VIDEO }, NULL);

  g_assert_cmpuint (answer->extensions->len, ==, 1);
  g_assert_cmpint (((PealHeaderExtension *) answer->extensions->pdata[0])->senders, ==,
                   PEAL_SENDERS_INITIATOR);
}

/* An answer may not give an id a new meaning. */
static void
answers_cannot_move_ids (void)
{
  g_autoptr(PealRtpDescription) ours = offer_as (PEAL_MEDIA_VIDEO, "vp8");
  g_autoptr(PealRtpDescription) theirs = peal_test_description (
      PICTURE (LINE (100, "VP8", FEEDBACK ("'nack'")) EXTENSION (4, SENT) EXTENSION (13, TURN)));
  PealAgreement agreement;

  g_assert_true (peal_negotiate_choose (ours, theirs, &agreement));
  g_autofree char *shown = peal_test_show_agreement (&agreement);
  g_assert_cmpstr (shown, ==, "VP8 100>96 nack turn=13");
}

/* --- limits and hints --- */

static void
limits_are_read (void)
{
  const struct {
    const char *text;
    guint pixels, fps, bitrate;
  } rows[] = {
    { PICTURE (LINE (96, "VP8", SAYS ("max-fs", "1200") SAYS ("max-fr", "15"))), 307200, 15, 0 },
    { PICTURE (LINE (96, "VP8", SAYS ("max-fs", "many") SAYS ("max-fr", "-3"))), 0, 0, 0 },
    { PICTURE (LINE (96, "VP8", "") "<bandwidth type='AS'>300</bandwidth>"), 0, 0, 300000 },
    { PICTURE (LINE (96, "VP8", "") "<bandwidth type='TIAS'>250000</bandwidth>"), 0, 0, 250000 },
    { PICTURE (LINE (96, "VP8", "") "<bandwidth type='CT'>128</bandwidth>"), 0, 0, 0 },
    { PICTURE (LINE (96, "VP8", "") "<bandwidth type='AS'>99999999999999</bandwidth>"), 0, 0, 0 },
    { PICTURE (LINE (96, "VP8", "") "<bandwidth type='AS'/>"), 0, 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    PealAgreement agreement;
    g_autofree char *shown = agreed_on (rows[i].text, &agreement);
    g_assert_nonnull (shown);
    g_assert_cmpuint (agreement.most_pixels, ==, rows[i].pixels);
    g_assert_cmpuint (agreement.most_fps, ==, rows[i].fps);
    g_assert_cmpuint (agreement.most_bitrate, ==, rows[i].bitrate);
  }
}

#define SOURCE(inside) "<source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' " inside "/>"

static void
hints_name_what_belongs_to_a_content (void)
{
  g_autoptr(PealRtpDescription) ours = offer_as (PEAL_MEDIA_VIDEO, "vp8");
  g_autoptr(PealRtpDescription) theirs = peal_test_description (PICTURE (
      LINE (100, "VP8", "") EXTENSION (4, MID) SOURCE ("ssrc='7'") SOURCE ("ssrc='0'")
          SOURCE ("ssrc='7'") "<ssrc-group xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' "
                              "semantics='FID'><source ssrc='7'/><source ssrc='9'/></ssrc-group>"));
  PealLaneHints hints = { 0 };
  PealAgreement agreement;

  peal_rtp_picture.hints (ours, theirs, &hints);
  g_assert_cmpuint (hints.mid_id, ==, 4);
  g_assert_cmpuint (hints.n_ssrcs, ==, 2);
  g_assert_cmpuint (hints.ssrcs[0], ==, 7);
  g_assert_cmpuint (hints.ssrcs[1], ==, 9);
  for (guint i = 0; i < 128; i++) /* ours, as that is what they send under */
    g_assert_cmpint (!!(hints.payloads[i / 32] & 1u << i % 32), ==,
                     i == 96 || i == 97 || i == 120 || i == 121 || i == 123);
  g_assert_true (peal_negotiate_choose (ours, theirs, &agreement));
  g_assert_cmpuint (agreement.remote_ssrc, ==, 7);
  g_assert_cmpuint (agreement.remote_rtx_ssrc, ==, 9);
}

static void
hints_are_bounded (void)
{
  g_autoptr(PealRtpDescription) ours = offer_as (PEAL_MEDIA_VIDEO, "vp8");
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 1; i <= 40; i++)
    g_string_append_printf (text, SOURCE ("ssrc='%u'"), i);
  g_autofree char *whole = g_strdup_printf (PICTURE (LINE (96, "VP8", "") "%s"), text->str);
  g_autoptr(PealRtpDescription) theirs = peal_test_description (whole);
  PealLaneHints hints = { 0 };
  peal_rtp_picture.hints (ours, theirs, &hints);
  g_assert_cmpuint (hints.n_ssrcs, ==, G_N_ELEMENTS (hints.ssrcs));
}

/* --- the application --- */

static void
the_application_takes_its_own (void)
{
  g_autoptr(PealRtpDescription) picture = peal_test_description (PICTURE (LINE (96, "VP8", "")));
  g_autoptr(PealRtpDescription) smell =
      peal_test_description ("<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='smell'/>");
  g_autoptr(PealRtpDescription) proposal = peal_rtp_picture.propose ();
  g_autoptr(PealRtpDescription) refusal = peal_rtp_picture.refuse (picture);

  g_assert_true (peal_rtp_picture.takes (picture));
  g_assert_true (peal_rtp_picture.takes (proposal));
  g_assert_false (peal_rtp_picture.takes (smell));
  g_assert_cmpuint (refusal->payload_types->len, ==, 1);
  g_assert_null (refusal->sources);
  g_assert_true (g_strv_contains (peal_rtp_picture.features, "urn:xmpp:jingle:apps:rtp:video"));
  g_assert_true (g_strv_contains (peal_rtp_picture.features, "urn:ietf:rfc:5888"));
  g_assert_true (g_strv_contains (peal_rtp_picture.features, "urn:ietf:rfc:5576"));
}

static void
strip_words_are_checked (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (peal_negotiate_check_strip (NULL, &error));
  g_assert_true (peal_negotiate_check_strip ("ssrc, hdrext,rtcp-fb,rtx,fec,rsize", &error));
  g_assert_false (peal_negotiate_check_strip ("ssrc,mux", &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(story) g_test_add_func ("/negotiate-picture/" #story, story)
  ADD (offers);
  ADD (codecs_of_both_kinds_are_in_one_list);
  ADD (voice_and_picture_may_share_a_transport);
  ADD (h264_goes_by_profile_and_mode);
  ADD (one_name_may_be_another_format);
  ADD (repair_belongs_to_a_codec);
  ADD (repair_alone_is_no_codec);
  ADD (unknown_feedback_is_passed_over);
  ADD (ids_that_cannot_be_are_passed_over);
  ADD (directions_of_extensions_are_kept);
  ADD (answers_cannot_move_ids);
  ADD (limits_are_read);
  ADD (hints_name_what_belongs_to_a_content);
  ADD (hints_are_bounded);
  ADD (the_application_takes_its_own);
  ADD (strip_words_are_checked);
  return g_test_run ();
}
