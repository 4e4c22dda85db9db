/* The lists a new transport or application is added to. */
// SPDX-License-Identifier: MIT
#include "cli/builtin.h"

#include "media/rtp.h"
#include "transport/ice_udp.h"

const PealMethod *const peal_builtin_methods[] = { &peal_ice_udp, NULL };
/* The first that takes a description has it: voice is asked last, and refuses what nobody takes. */
const PealApplication *const peal_builtin_applications[] = { &peal_rtp_picture, &peal_rtp, NULL };

static const char *const own_features[] = {
  "http://jabber.org/protocol/caps",
  "http://jabber.org/protocol/disco#info",
  "http://jabber.org/protocol/disco#items",
  "urn:xmpp:ping",
  PEAL_NS_JINGLE,
  PEAL_NS_INVITE,
  NULL,
};

static void
add (GPtrArray *features, const char *const *more)
{
  for (; more && *more; more++)
    if (!g_ptr_array_find_with_equal_func (features, *more, g_str_equal, NULL))
      g_ptr_array_add (features, (gpointer) *more);
}

const char **
peal_builtin_features (void)
{
  GPtrArray *features = g_ptr_array_new ();
  add (features, own_features);
  for (const PealMethod *const *method = peal_builtin_methods; *method; method++)
    add (features, (*method)->features);
  for (const PealApplication *const *each = peal_builtin_applications; *each; each++)
    add (features, (*each)->features);
  g_ptr_array_add (features, NULL);
  return (const char **) g_ptr_array_free (features, FALSE);
}
