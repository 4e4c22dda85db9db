/* A picture on an easel becomes rows above the status line, as often as a terminal can bear it. */
// SPDX-License-Identifier: MIT
#include "cli/view.h"

#include <string.h>

#define PAUSE    (G_USEC_PER_SEC / 15) /* between two pictures: a terminal may be far away */
#define MESSAGES 2                     /* lines that stay above it */
#define LEAST    3                     /* lines of a picture: below nothing can be recognised */

struct PealView {
  PealPrinter *printer;
  PealEasel *easel;
  GMainContext *context;
  gint asked; /* atomic: a look is on its way, and what follows is its own until it comes */
  gint64 last;
  GSource *later;
  gboolean shown;
};

static gboolean look (gpointer user);

static void
look_at (PealView *view, gint64 when)
{
  GSource *source = g_timeout_source_new (0);

  g_source_set_ready_time (source, when);
  g_source_set_callback (source, look, view, NULL);
  view->later = source; /* before it can run */
  g_source_attach (source, view->context);
}

/* On any thread. */
static void
fresh (gpointer user)
{
  PealView *view = user;

  if (g_atomic_int_compare_and_exchange (&view->asked, FALSE, TRUE))
    look_at (view, MAX (g_get_monotonic_time (), view->last + PAUSE));
}

static PealEaselColours
colours (const PealStatusLook *look)
{
  const char *kind = g_getenv ("COLORTERM");

  if (!look->colour || !look->utf8)
    return PEAL_EASEL_GREY;
  return kind && (!strcmp (kind, "truecolor") || !strcmp (kind, "24bit")) ? PEAL_EASEL_TRUE
                                                                          : PEAL_EASEL_256;
}

static void
draw (PealView *view)
{
  PealStatusLook shape;
  char **rows = NULL;

  if (peal_printer_look (view->printer, &shape) && shape.lines >= LEAST + MESSAGES + 1)
    rows =
        peal_easel_rows (view->easel, shape.columns, shape.lines - MESSAGES - 1, colours (&shape));
  if (rows || view->shown)
    peal_printer_picture (view->printer, rows);
  view->shown = rows != NULL;
}

static gboolean
look (gpointer user)
{
  PealView *view = user;

  g_clear_pointer (&view->later, g_source_unref);
  view->last = g_get_monotonic_time ();
  g_atomic_int_set (&view->asked, FALSE);
  draw (view);
  return G_SOURCE_REMOVE;
}

PealView *
peal_view_new (PealPrinter *printer)
{
  PealView *view = g_new0 (PealView, 1);

  view->printer = printer;
  view->context = g_main_context_ref_thread_default ();
  view->easel = peal_easel_new (fresh, view);
  return view;
}

void
peal_view_free (PealView *view)
{
  if (!view)
    return;
  peal_easel_close (view->easel);
  peal_view_clear (view);
  if (view->later) {
    g_source_destroy (view->later);
    g_source_unref (view->later);
  }
  peal_easel_unref (view->easel);
  g_main_context_unref (view->context);
  g_free (view);
}

PealEasel *
peal_view_easel (PealView *view)
{
  return view->easel;
}

void
peal_view_refresh (PealView *view)
{
  if (view->shown)
    draw (view);
}

void
peal_view_clear (PealView *view)
{
  peal_easel_clear (view->easel);
  if (view->shown)
    peal_printer_picture (view->printer, NULL);
  view->shown = FALSE;
}
