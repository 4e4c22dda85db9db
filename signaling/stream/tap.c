/* Telling a trace what passes through a stream and what its machines do. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/tap.h"

#include <string.h>

#include "signaling/stream/stream_wire.h"

void
peal_tap_element (const PealTap *tap, gboolean outgoing, const char *xml, gsize length)
{
  if (!tap->element)
    return;
  g_autofree char *blanked = peal_wire_blank (xml, length);
  tap->element (tap->user, outgoing, blanked, strlen (blanked));
}

void
peal_tap_transition (const PealTap *tap, const char *machine, const char *from, const char *to)
{
  g_debug ("%s %s: %s -> %s", machine, tap->id ? tap->id : "", from, to);
  if (tap->transition)
    tap->transition (tap->user, machine, tap->id ? tap->id : "", from, to);
}
