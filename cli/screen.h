/* What stands on the screen while calls ring and run: follows their events, keeps the status line.
 *
 * It also remembers what was last told of the call, for who asks for all numbers. */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/printer.h"
#include "cli/ringing.h"
#include "media/easel.h"

typedef struct PealScreen PealScreen;

/* On the default main context. Both are borrowed; @printer must outlive the screen. */
PealScreen *peal_screen_new (PealPrinter *printer, PealRinging *ringing);
/* Takes the status line away. NULL is ignored. */
void peal_screen_free (PealScreen *screen);

/* Keys are heard from now on: the line hints at them. */
void peal_screen_hint_keys (PealScreen *screen);

/* An event of a call, before it is printed. The call of the line is that of the last `outgoing` or
 * `accepted`; while there is none, the one of @ringing that is meant shows. */
void peal_screen_event (PealScreen *screen, const PealEvent *event);
/* What rings has changed. */
void peal_screen_refresh (PealScreen *screen);

/* The line is away until peal_screen_resume: we are about to stop. */
void peal_screen_pause (PealScreen *screen);
void peal_screen_resume (PealScreen *screen);

/* All numbers of the call that runs, NULL where there is none. For g_free. */
char *peal_screen_figures (PealScreen *screen);

/* From now on what is put on this easel stands above the status line. Borrowed. */
PealEasel *peal_screen_easel (PealScreen *screen);
