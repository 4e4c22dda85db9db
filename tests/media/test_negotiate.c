/* Offers as peers really make them, and what becomes of them. */
// SPDX-License-Identifier: MIT
#include "tests/media/negotiation.h"

#include "signaling/event.h"

#define DESCRIPTION "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'>"

static const char chromium[] =
    DESCRIPTION "<payload-type id='111' name='opus' clockrate='48000' channels='2'>"
                "<rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='transport-cc'/>"
                "<parameter name='minptime' value='10'/><parameter name='useinbandfec' "
                "value='1'/></payload-type>"
                "<payload-type id='63' name='red' clockrate='48000' channels='2'><parameter "
                "name='111/111'/></payload-type>"
                "<payload-type id='9' name='G722' clockrate='8000' channels='1'/>"
                "<payload-type id='0' name='PCMU' clockrate='8000' channels='1'/>"
                "<payload-type id='8' name='PCMA' clockrate='8000' channels='1'/>"
                "<payload-type id='13' name='CN' clockrate='8000' channels='1'/>"
                "<payload-type id='110' name='telephone-event' clockrate='48000' channels='1'/>"
                "<rtcp-mux/><rtcp-reduced-size/></description>";

static const char dino[] =
    DESCRIPTION "<payload-type id='111' channels='2' clockrate='48000' name='opus'><parameter "
                "name='useinbandfec' value='1'/>"
                "</payload-type><payload-type id='112' clockrate='32000' name='speex'/>"
                "<payload-type id='9' clockrate='8000' name='G722'/><payload-type id='0' "
                "clockrate='8000' name='PCMU'/>"
                "<encryption><crypto crypto-suite='AES_CM_128_HMAC_SHA1_80' "
                "key-params='inline:uu3LsEGCXcs/oA5ZLEzXuS6wF9aZwQdCNWzabnAu' "
                "tag='1'/></encryption><rtcp-mux/></description>";

static const char pidgin[] =
    DESCRIPTION "<payload-type clockrate='16000' name='SPEEX' id='105' channels='1'/>"
                "<payload-type clockrate='8000' name='PCMU' id='0' channels='0'/>"
                "<payload-type clockrate='48000' name='OPUS' id='96' channels='0'/>"
                "<payload-type clockrate='90000' name='MPA-ROBUST' id='14' channels='0'/>"
                "<payload-type clockrate='90000' name='X-MP3-DRAFT-00' id='14' channels='0'/>"
                "<payload-type clockrate='90000' name='MPA' id='14' channels='0'/></description>";

static const char gajim[] =
    DESCRIPTION "<payload-type name='OPUS' id='96' clockrate='48000'/>"
                "<payload-type clockrate='32000' name='SPEEX' id='105' channels='1'/>"
                "<payload-type name='PCMU' id='0' clockrate='8000'/>"
                "<payload-type name='telephone-event' id='100' clockrate='48000'><parameter "
                "name='events' value='0-15'/>"
                "</payload-type></description>";

static const char nothing_shared[] =
    DESCRIPTION "<payload-type id='112' clockrate='32000' name='speex'/><payload-type id='9' "
                "clockrate='16000' name='G722'/>"
                "<payload-type id='96' clockrate='16000' name='opus'/><rtcp-mux/></description>";

static PealRtpDescription *
offer_voice (const char *codecs, GError **error)
{
  return peal_negotiate_offer (&(PealNegotiatePlan) { .media = PEAL_MEDIA_AUDIO, .codecs = codecs },
                               error);
}

static PealRtpDescription *
answer_voice (const PealRtpDescription *offer, const char *codecs, GError **error)
{
  return peal_negotiate_answer (
      offer, &(PealNegotiatePlan) { .media = PEAL_MEDIA_AUDIO, .codecs = codecs }, error);
}

static void
expect (PealRtpDescription *description, const char *expected)
{
  g_autofree char *text = peal_test_show_lines (description);

  g_assert_cmpstr (text, ==, expected);
}

/* Under our own numbers, or those that everybody has. */
#define G722            "9 G722/8000/1"
#define PCMU            "0 PCMU/8000/1"
#define PCMA            "8 PCMA/8000/1"
#define SPEEX_WIDE      "104 speex/16000/1"
#define SPEEX_NARROW    "105 speex/8000/1"
#define OPUS_PARAMETERS " minptime=10 useinbandfec=1 stereo=1"
#define KEYS(id, clock) #id " telephone-event/" #clock "/0 events=0-15"

static void
offers (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PealRtpDescription) all = offer_voice (NULL, &error);
  g_autoptr(PealRtpDescription) chosen = offer_voice ("vp8, PCMU,opus,pcmu", &error);
  g_autoptr(PealRtpDescription) both = offer_voice ("Speex", &error);

  g_assert_no_error (error);
  expect (all, "111 opus/48000/2" OPUS_PARAMETERS ", " G722 ", " SPEEX_WIDE ", " PCMU ", " PCMA
               ", " SPEEX_NARROW
               ", " KEYS (110, 48000) ", " KEYS (126, 8000) ", " KEYS (113, 16000) ", mux");
  expect (both, SPEEX_WIDE ", " SPEEX_NARROW ", " KEYS (113, 16000) ", " KEYS (126, 8000) ", mux");
  expect (chosen, "0 PCMU/8000/1, 111 opus/48000/2" OPUS_PARAMETERS
                  ", " KEYS (126, 8000) ", " KEYS (110, 48000) ", mux");
  g_assert_null (offer_voice ("silk", &error));
  g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE);
}

static void
answers (void)
{
  const struct {
    const char *offer, *preference, *answer;
  } rows[] = {
    { chromium, NULL,
      "111 opus/48000/2" OPUS_PARAMETERS ", " G722 ", " PCMU ", " PCMA
      ", " KEYS (110, 48000) ", mux" },
    { chromium, "speex,pcma", PCMA ", " KEYS (110, 48000) ", mux" },
    { chromium, "pcmu,opus", "0 PCMU/8000/1, " KEYS (110, 48000) ", mux" },
    { dino, NULL, "111 opus/48000/2" OPUS_PARAMETERS ", " G722 ", " PCMU ", mux" },
    { pidgin, NULL, "105 speex/16000/1, " PCMU ", 96 opus/48000/2" OPUS_PARAMETERS ", no mux" },
    { pidgin, "opus", "96 opus/48000/2" OPUS_PARAMETERS ", no mux" },
    { gajim, NULL,
      "96 opus/48000/2" OPUS_PARAMETERS ", 0 PCMU/8000/1, " KEYS (100, 48000) ", no mux" },
    { DESCRIPTION "<payload-type id='0'/><rtcp-mux/></description>", NULL, PCMU ", mux" },
    { DESCRIPTION "<payload-type id='8'/><payload-type id='9'/></description>", NULL,
      PCMA ", " G722 ", no mux" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(PealRtpDescription) offer = peal_test_description (rows[i].offer);
    g_autoptr(PealRtpDescription) answer = answer_voice (offer, rows[i].preference, &error);
    PealAgreement agreement;

    g_assert_no_error (error);
    expect (answer, rows[i].answer);
    /* Both sides come to the same codec: the first of the answer. */
    guint32 first = ((const PealPayloadType *) answer->payload_types->pdata[0])->id;
    g_assert_true (peal_negotiate_choose (answer, offer, &agreement));
    g_assert_cmpuint (agreement.send, ==, first);
    g_assert_true (peal_negotiate_choose (offer, answer, &agreement));
    g_assert_cmpuint (agreement.send, ==, first);
    g_assert_true (peal_negotiate_heard (answer, (guint8) first) == agreement.codec);
  }
}

static void
nothing_in_common (void)
{
  g_autoptr(PealRtpDescription) theirs = peal_test_description (nothing_shared);
  g_autoptr(PealRtpDescription) none =
      peal_test_description (DESCRIPTION "<rtcp-mux/></description>");
  g_autoptr(PealRtpDescription) picture = peal_test_description (
      "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'><payload-type id='0' "
      "name='PCMU'/></description>");
  g_autoptr(PealRtpDescription) ours = offer_voice (NULL, NULL);
  PealAgreement agreement;
  PealRtpDescription *const refused[] = { theirs, none, picture };

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr(GError) error = NULL, disagreed = NULL;
    g_assert_null (answer_voice (refused[i], NULL, &error));
    g_assert_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA);
    g_assert_false (peal_negotiate_agree (ours, refused[i], &disagreed));
    g_assert_error (disagreed, PEAL_CAUSE, PEAL_CAUSE_MEDIA);
  }
  g_autoptr(GError) error = NULL;
  g_assert_null (answer_voice (theirs, NULL, &error));
  g_assert_cmpstr (error->message, ==, "no common codec: the peer has speex, G722, opus");
  g_assert_false (peal_negotiate_choose (ours, theirs, &agreement));
  g_assert_null (peal_negotiate_heard (ours, 7));
}

/* libwebrtc may answer under a number of its own: we send with its number and receive with ours. */
static void
numbers_differ (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PealRtpDescription) offer = offer_voice (NULL, NULL);
  g_autoptr(PealRtpDescription) answer =
      peal_test_description (DESCRIPTION "<payload-type id='96' name='opus' clockrate='48000' "
                                         "channels='2'/><rtcp-mux/></description>");
  PealAgreement agreement;

  g_assert_true (peal_negotiate_agree (offer, answer, &error));
  g_assert_true (peal_negotiate_choose (offer, answer, &agreement));
  g_assert_cmpuint (agreement.send, ==, 96);
  g_assert_cmpstr (agreement.codec->name, ==, "opus");
  g_assert_cmpstr (peal_negotiate_heard (offer, 111)->name, ==, "opus");
  g_assert_null (peal_negotiate_heard (offer, 96));
}

/* RFC 4733 §2.1: by the clock of the sound. What the peer does not name is not sent, and no line of
 * keys is ever taken for a codec. */
static void
keys_go_by_the_clock_of_the_sound (void)
{
#define OPUS  "<payload-type id='96' name='opus' clockrate='48000' channels='2'/>"
#define EVENT "<payload-type id='%u' name='Telephone-Event' clockrate='%u'/>"
  const struct {
    guint ids[2], clocks[2]; /* of the peer's lines; clock 0: not said */
    guint n;
    guint8 keys; /* what is agreed on */
    guint clock;
  } rows[] = {
    { { 0 }, { 0 }, 0, 0, 0 },
    { { 101, 102 }, { 8000, 48000 }, 2, 102, 48000 },
    { { 101, 102 }, { 48000, 8000 }, 2, 101, 48000 },
    { { 101 }, { 8000 }, 1, 101, 8000 }, /* better than none */
    { { 101 }, { 0 }, 1, 101, 8000 },
    { { 101 }, { 400000 }, 1, 0, 0 }, /* no clock of this world */
    { { 101 }, { 1 }, 1, 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new (DESCRIPTION OPUS);
    for (guint j = 0; j < rows[i].n; j++)
      g_string_append_printf (text, EVENT, rows[i].ids[j], rows[i].clocks[j]);
    g_string_append (text, "</description>");
    g_autoptr(PealRtpDescription) theirs = peal_test_description (text->str);
    g_autoptr(PealRtpDescription) answer = answer_voice (theirs, NULL, &error);
    g_autoptr(PealRtpDescription) offer = offer_voice (NULL, &error);
    PealRtpDescription *ours[] = { answer, offer };
    for (guint j = 0; j < G_N_ELEMENTS (ours); j++) {
      PealAgreement agreement;
      g_assert_true (peal_negotiate_choose (ours[j], theirs, &agreement));
      g_assert_cmpuint (agreement.send, ==, 96);
      g_assert_cmpuint (agreement.keys, ==, rows[i].keys);
      g_assert_cmpuint (agreement.keys_clock, ==, rows[i].clock);
    }
    g_assert_cmpuint (peal_negotiate_keys (answer, rows[i].keys), ==, rows[i].clock);
    g_assert_null (peal_negotiate_heard (answer, 101));
    g_assert_cmpuint (peal_negotiate_keys (offer, 110), ==, 48000);
    g_assert_cmpuint (peal_negotiate_keys (offer, 111), ==, 0);
  }
}

/* Nobody can talk in keys. */
static void
keys_are_no_codec (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PealRtpDescription) theirs = peal_test_description (
      DESCRIPTION "<payload-type id='101' name='telephone-event' clockrate='8000'/>"
                  "<payload-type id='97' name='speex' clockrate='44100'/></description>");
  g_autoptr(PealRtpDescription) ours = offer_voice (NULL, NULL);
  PealAgreement agreement;

  g_assert_null (answer_voice (theirs, NULL, &error));
  g_assert_cmpstr (error->message, ==, "no common codec: the peer has speex");
  g_clear_error (&error);
  g_assert_false (peal_negotiate_agree (ours, theirs, &error));
  g_assert_false (peal_negotiate_choose (ours, theirs, &agreement));
}

/* What a peer says beside the name of a codec; what makes no sense is as if it were not there. */
static void
wishes_are_read (void)
{
#define LINE(attributes, parameters)                                                               \
  DESCRIPTION "<payload-type id='111' name='opus' clockrate='48000' channels='2'" attributes       \
              ">" parameters "</payload-type></description>"
#define SAYS(name, value) "<parameter name='" name "' value='" value "'/>"
  const struct {
    const char *theirs;
    PealWishes wishes;
  } rows[] = {
    { LINE ("", ""), { .packet_ms = 20 } },
    { LINE ("", SAYS ("useinbandfec", "1") SAYS ("usedtx", "1") SAYS ("stereo", "1")
                    SAYS ("sprop-stereo", "1") SAYS ("cbr", "1")),
      { TRUE, TRUE, TRUE, TRUE, TRUE, .packet_ms = 20 } },
    { LINE ("", SAYS ("useinbandfec", "0") SAYS ("maxaveragebitrate", "20000")
                    SAYS ("maxplaybackrate", "16000")),
      { .most_bitrate = 20000, .playback_rate = 16000, .packet_ms = 20 } },
    { LINE ("", SAYS ("maxaveragebitrate", "5") SAYS ("maxplaybackrate", "-1")
                    SAYS ("stereo", "yes") "<parameter name='usedtx'/>"),
      { .packet_ms = 20 } },
    { LINE (" ptime='60'", ""), { .packet_ms = 60 } },
    { LINE (" ptime='120' maxptime='40'", ""), { .packet_ms = 40 } },
    { LINE (" maxptime='120'", ""), { .packet_ms = 20 } },
    { LINE (" ptime='3'", ""), { .packet_ms = 10 } },
  };
  g_autoptr(PealRtpDescription) ours = offer_voice ("opus", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(PealRtpDescription) theirs = peal_test_description (rows[i].theirs);
    PealAgreement agreement;
    g_assert_true (peal_negotiate_choose (ours, theirs, &agreement));
    g_assert_cmpmem (&agreement.wishes, sizeof (PealWishes), &rows[i].wishes, sizeof (PealWishes));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/negotiate/offers", offers);
  g_test_add_func ("/negotiate/answers", answers);
  g_test_add_func ("/negotiate/nothing_in_common", nothing_in_common);
  g_test_add_func ("/negotiate/numbers_differ", numbers_differ);
  g_test_add_func ("/negotiate/keys_go_by_the_clock_of_the_sound",
                   keys_go_by_the_clock_of_the_sound);
  g_test_add_func ("/negotiate/keys_are_no_codec", keys_are_no_codec);
  g_test_add_func ("/negotiate/wishes_are_read", wishes_are_read);
  return g_test_run ();
}
