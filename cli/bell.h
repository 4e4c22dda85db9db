/* The bell of a phone: which ring tone sounds now, where the speaker is one and the user wants it.
 */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "media/ringtone.h"

typedef struct PealBell PealBell;

/* @options must outlive it. */
PealBell *peal_bell_new (const PealOptions *options);
void peal_bell_free (PealBell *bell);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealBell, peal_bell_free)

/* "tone", "none" or "file:PATH". FALSE with @error (PEAL_CAUSE_USAGE). */
gboolean peal_bell_check (const char *ringtone, GError **error);

/* From now on @kind sounds, NONE nothing. The same again changes nothing. */
void peal_bell_play (PealBell *bell, PealRingtoneKind kind);
