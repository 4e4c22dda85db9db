/* Two devices in a call with a picture. */
// SPDX-License-Identifier: MIT
#include "tests/jingle/couple.h"

Couple
couple_new (const char *features, gboolean offered)
{
  Couple couple = { .glass = glass_new () };
  couple.alice = glass_add (couple.glass, ALICE, features);
  couple.bob = glass_add (couple.glass, BOB, features);
  glass_show (couple.alice, offered);
  glass_show (couple.bob, offered);
  glass_settle (couple.glass);
  return couple;
}

void
couple_settle (Couple *couple)
{
  do
    glass_settle (couple->glass);
  while (g_main_context_iteration (NULL, FALSE));
}

void
couple_talk (Couple *couple)
{
  couple->bob->answers = TRUE;
  glass_call (couple->alice, "bob@glass.test");
  glass_wait (couple->alice, "connected");
  glass_wait (couple->bob, "connected");
  couple_settle (couple);
  g_string_truncate (couple->alice->story, 0);
  g_string_truncate (couple->bob->story, 0);
}

Couple
couple_talking (const char *features, gboolean offered)
{
  Couple couple = couple_new (features, offered);
  couple_talk (&couple);
  return couple;
}

void
couple_end (Couple *couple)
{
  glass_free (couple->glass);
  g_assert_cmpint (hollow_open, ==, 0);
}

PealCall *
couple_call (Device *device)
{
  return peal_endpoint_find (device->endpoint, device->sid);
}

char *
couple_contents (Device *device)
{
  const PealCall *call = couple_call (device);
  GString *all = g_string_new (NULL);
  for (guint i = 0; i < call->slots->len; i++) {
    const PealSlot *slot = call->slots->pdata[i];
    g_string_append_printf (all, "%s%s:%s", i ? " " : "", slot->application->media,
                            peal_senders_words[peal_slot_narrow (slot, TRUE, TRUE)]);
    if (slot->stage != PEAL_SLOT_SETTLED || !slot->started)
      g_string_append (all, "?");
  }
  return g_string_free (all, FALSE);
}

void
couple_agree (Couple *couple, const char *contents)
{
  g_autofree char *alices = couple_contents (couple->alice);
  g_autofree char *bobs = couple_contents (couple->bob);
  g_assert_cmpstr (alices, ==, contents);
  g_assert_cmpstr (bobs, ==, contents);
}

void
couple_told (Device *device, const char *story)
{
  g_autofree char *told = g_strchomp (g_strdup (device->story->str));
  g_assert_cmpstr (told, ==, story);
  g_string_truncate (device->story, 0);
}

void
couple_show (Device *device, gboolean on)
{
  Couple couple = { .glass = device->glass };
  g_autoptr(GError) error = NULL;
  peal_endpoint_send_content (device->endpoint, device->sid, "video", on, &error);
  g_assert_no_error (error);
  couple_settle (&couple);
}

const HollowConfig *
couple_picture (const Device *device)
{
  return device->wishes[1].config;
}

void
couple_say (Couple *couple, Device *from, const char *action, const char *inner)
{
  static guint serial;
  Device *to = from == couple->alice ? couple->bob : couple->alice;
  g_autofree char *xml =
      g_strdup_printf ("<iq xmlns='jabber:client' to='%s' type='set' id='raw%u'><jingle "
                       "xmlns='urn:xmpp:jingle:1' action='%s' sid='%s'>%s</jingle></iq>",
                       to->jid, ++serial, action, from->sid, inner);
  glass_say (from, xml);
  couple_settle (couple);
}
