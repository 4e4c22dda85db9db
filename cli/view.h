/* The other side's picture in the terminal: drawn with characters above the status line. */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/printer.h"
#include "media/easel.h"

typedef struct PealView PealView;

/* On the default context of this thread. @printer is borrowed for the view's life. */
PealView *peal_view_new (PealPrinter *printer);
/* NULL is left alone. Whoever draws on the easel may still do so; nobody looks. */
void peal_view_free (PealView *view);

/* What a call draws on. Borrowed. */
PealEasel *peal_view_easel (PealView *view);

/* The terminal has another size, or is ours again. */
void peal_view_refresh (PealView *view);
/* Nothing is shown from now on: the call or its picture has ended. */
void peal_view_clear (PealView *view);
