/* Two sides that know and want different things, as chance has it: whatever the one offers and the
 * other answers, both come to the same. And descriptions that mean harm: what they can cost. */
// SPDX-License-Identifier: MIT
#include "media/rtp.h"
#include "tests/media/negotiation.h"

#include <string.h>

enum { ROUNDS = 1500 };

static const char *const strips[] = { "ssrc", "hdrext", "rtcp-fb", "rtx", "fec", "rsize" };

/* Some of @words in some order, or NULL. Given. */
static char *
some_of (const char *const *words, guint n)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = g_test_rand_int_range (0, (gint) n + 1); i-- > 0;)
    g_string_append_printf (text, "%s%s", text->len ? "," : "",
                            words[g_test_rand_int_range (0, (gint) n)]);
  return text->len ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

static gboolean
perhaps (guint of)
{
  return g_test_rand_int_range (0, (gint) of) == 0;
}

/* --- what happens to an offer of another make --- */

static void
drop_some (const PealElement *parent, gpointer value)
{
  for (const PealField *field = parent->fields; field->kind != PEAL_KIND_END; field++) {
    GPtrArray *list =
        field->kind == PEAL_KIND_LIST ? G_STRUCT_MEMBER (GPtrArray *, value, field->offset) : NULL;
    for (guint i = list ? list->len : 0; i-- > 0;) {
      if (perhaps (6)) {
        peal_element_free (field->element, list->pdata[i]);
        g_ptr_array_remove_index (list, i);
      } else {
        drop_some (field->element, list->pdata[i]);
      }
    }
  }
}

static void
shuffle (GPtrArray *list)
{
  for (guint i = list ? list->len : 0; i > 1; i--) {
    guint other = (guint) g_test_rand_int_range (0, (gint) i);
    gpointer last = list->pdata[i - 1];
    list->pdata[i - 1] = list->pdata[other];
    list->pdata[other] = last;
  }
}

/* Other numbers and ids than ours, also such as clash. */
static void
renumber (PealRtpDescription *offer)
{
  for (guint i = 0; offer->payload_types && i < offer->payload_types->len; i++)
    if (perhaps (4))
      ((PealPayloadType *) offer->payload_types->pdata[i])->id =
          (guint32) g_test_rand_int_range (96, 128);
  for (guint i = 0; offer->extensions && i < offer->extensions->len; i++)
    if (perhaps (4))
      ((PealHeaderExtension *) offer->extensions->pdata[i])->id =
          (guint32) g_test_rand_int_range (0, 20);
}

/* --- both sides --- */

/* A line of the answer stands for what it stood for in the offer. */
static void
is_of_the_offer (const PealRtpDescription *answer, const PealRtpDescription *offer)
{
  for (guint i = 0; i < answer->payload_types->len; i++) {
    const PealPayloadType *ours = answer->payload_types->pdata[i];
    gboolean found = FALSE;
    for (guint j = 0; j < offer->payload_types->len; j++) {
      const PealPayloadType *theirs = offer->payload_types->pdata[j];
      found |= theirs->id == ours->id && !g_ascii_strcasecmp (theirs->name, ours->name);
    }
    g_assert_true (found);
    for (guint j = 0; j < i; j++) /* whatever the offer did */
      g_assert_cmpuint (((PealPayloadType *) answer->payload_types->pdata[j])->id, !=, ours->id);
  }
  g_assert_true (!answer->rtcp_reduced_size || offer->rtcp_reduced_size);
}

static void
one_call (PealMedia media, guint *answered)
{
  static const char *const voices[] = { "opus", "pcmu", "g722", "speex", "vp8" };
  static const char *const pictures[] = { "vp8", "vp9", "h264", "opus" };
  gboolean sound = media == PEAL_MEDIA_AUDIO;
  const char *const *names = sound ? voices : pictures;
  guint n = sound ? G_N_ELEMENTS (voices) : G_N_ELEMENTS (pictures);
  g_autofree char *offered = some_of (names, n);
  g_autofree char *taken = some_of (names, n);
  g_autofree char *without = some_of (strips, 6);
  g_autofree char *too = perhaps (2) ? some_of (strips, 6) : NULL;
  g_autoptr(GError) error = NULL;
  PealAgreement ours, theirs;
  g_autoptr(PealRtpDescription) offer =
      peal_negotiate_offer (&(PealNegotiatePlan) { media, offered, without }, &error);

  if (!offer) /* named what cannot start here */
    return;
  if (perhaps (2)) {
    drop_some (&peal_rtp_description_element, offer);
    shuffle (offer->payload_types);
    shuffle (offer->extensions);
    renumber (offer);
  }
  g_autoptr(PealRtpDescription) read = peal_test_over_the_wire (offer);
  g_autoptr(PealRtpDescription) answer =
      peal_negotiate_answer (read, &(PealNegotiatePlan) { media, taken, too }, &error);
  g_assert_true ((answer == NULL) == (error != NULL));
  if (!answer)
    return;
  ++*answered;
  g_autoptr(PealRtpDescription) back = peal_test_over_the_wire (answer);
  is_of_the_offer (back, read);
  g_assert_true (peal_negotiate_agree (offer, back, NULL));
  g_assert_true (peal_negotiate_choose (offer, back, &ours));
  g_assert_true (peal_negotiate_choose (answer, read, &theirs));
  peal_test_mirrors (&ours, &theirs);
  peal_test_mirrors (&theirs, &ours);
  g_autofree char *shown = peal_test_show_agreement (&ours);
  g_assert_true (peal_negotiate_heard (offer, ours.receive) == ours.codec);
}

static void
both_come_to_the_same (gconstpointer media)
{
  guint answered = 0;

  for (guint i = 0; i < ROUNDS; i++)
    one_call (GPOINTER_TO_INT (media), &answered);
  g_test_message ("%u of %d were answered", answered, ROUNDS);
  g_assert_cmpuint (answered, >, ROUNDS / 3);
}

/* --- harm --- */

static PealRtpDescription *
read_all (GString *inside)
{
  g_autofree char *text = g_strdup_printf (
      "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'>%s</description>",
      inside->str);

  return peal_test_description (text);
}

/* More of everything than anybody needs: what we say of it is no more than we ever say. */
static void
expect_bounded (const PealRtpDescription *theirs)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PealRtpDescription) answer =
      peal_negotiate_answer (theirs, &(PealNegotiatePlan) { .media = PEAL_MEDIA_VIDEO }, &error);
  PealLaneHints hints = { 0 };
  PealAgreement agreement;

  g_assert_no_error (error);
  g_assert_cmpuint (answer->payload_types->len, <=, 12);
  g_assert_true (!answer->extensions || answer->extensions->len <= 5);
  g_assert_cmpuint (answer->sources->len, <=, 2);
  g_assert_true (peal_negotiate_choose (answer, theirs, &agreement));
  g_autofree char *shown = peal_test_show_agreement (&agreement);
  peal_negotiate_hint (answer, theirs, &hints);
  g_assert_cmpuint (hints.n_ssrcs, <=, G_N_ELEMENTS (hints.ssrcs));
}

static void
too_much_of_everything (void)
{
  g_autoptr(GString) inside = g_string_new (NULL);

  for (guint i = 0; i < 1000; i++) {
    g_string_append_printf (inside, "<payload-type id='%u' name='%s' clockrate='90000'>", i % 140,
                            i % 3 ? "rtx" : "VP8");
    for (guint j = 0; j < 20; j++)
      g_string_append_printf (inside,
                              "<parameter name='apt' value='%u'/><rtcp-fb "
                              "xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='nack'/>",
                              i + j);
    g_string_append_printf (inside,
                            "</payload-type><rtp-hdrext "
                            "xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='%u' "
                            "uri='urn:3gpp:video-orientation'/><source "
                            "xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='%u'/><ssrc-group "
                            "xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' semantics='FID'><source "
                            "ssrc='%u'/></ssrc-group>",
                            i, i, i);
  }
  g_autoptr(PealRtpDescription) theirs = read_all (inside);
  g_assert_cmpuint (theirs->payload_types->len, <=, 128);
  expect_bounded (theirs);
}

/* All lines alike: one is answered. */
static void
the_same_again_and_again (void)
{
  g_autoptr(GString) inside = g_string_new (NULL);

  for (guint i = 0; i < 120; i++)
    g_string_append (inside,
                     "<payload-type id='96' name='VP8' clockrate='90000'/><payload-type "
                     "id='96' name='rtx'><parameter name='apt' value='96'/></payload-type>");
  g_autoptr(PealRtpDescription) theirs = read_all (inside);
  g_autoptr(PealRtpDescription) answer =
      peal_negotiate_answer (theirs, &(PealNegotiatePlan) { .media = PEAL_MEDIA_VIDEO }, NULL);
  g_autofree char *lines = peal_test_show_lines (answer);
  g_assert_cmpstr (lines, ==, "96 VP8/90000/0, no mux");
  expect_bounded (theirs);
}

/* The names of what a peer has stand in a sentence for a person. */
static void
long_names_are_told_in_a_short_sentence (void)
{
  g_autoptr(GString) inside = g_string_new (NULL);
  g_autofree char *name = g_strnfill (900, 'x');
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 128; i++)
    g_string_append_printf (inside, "<payload-type id='%u' name='%s' clockrate='90000'/>", i, name);
  g_autoptr(PealRtpDescription) theirs = read_all (inside);
  g_assert_null (
      peal_negotiate_answer (theirs, &(PealNegotiatePlan) { .media = PEAL_MEDIA_VIDEO }, &error));
  g_assert_cmpuint (strlen (error->message), <, 2000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/negotiate-random/voice", GINT_TO_POINTER (PEAL_MEDIA_AUDIO),
                        both_come_to_the_same);
  g_test_add_data_func ("/negotiate-random/picture", GINT_TO_POINTER (PEAL_MEDIA_VIDEO),
                        both_come_to_the_same);
  g_test_add_func ("/negotiate-random/too_much_of_everything", too_much_of_everything);
  g_test_add_func ("/negotiate-random/the_same_again_and_again", the_same_again_and_again);
  g_test_add_func ("/negotiate-random/long_names_are_told_in_a_short_sentence",
                   long_names_are_told_in_a_short_sentence);
  return g_test_run ();
}
