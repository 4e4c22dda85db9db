/* The status line of the call that runs, or of the one that rings: drawn anew when an event, the
 * clock or the width of the terminal changes it. */
// SPDX-License-Identifier: MIT
#include "cli/screen.h"

#include <glib-unix.h>
#include <math.h>
#include <signal.h>

#include "cli/figures.h"
#include "cli/view.h"
#include "signaling/wire/jid.h"

#define TICK   250 /* ms: so that the clock does not skip a second */
#define LATELY 5   /* seconds over which loss is counted */

struct PealScreen {
  PealPrinter *printer;
  PealRinging *ringing;
  char *sid, *peer, *shown; /* the call; NULL: none. And the line that stands there */
  PealStatus status;
  gint64 since;              /* of the stage */
  PealEvent connected;       /* its path; .kind is 0 before */
  PealStats stats;           /* the last of the sound, */
  PealStats picture;         /* and of the picture */
  gint64 history[LATELY][2]; /* packets lost and received */
  PealView *view;            /* NULL: no picture is drawn here */
  guint seconds, tick, winch;
  gboolean paused, keys;
};

/* --- drawing --- */

static guint
seconds_since (gint64 then)
{
  return (guint) (MAX (g_get_monotonic_time () - then, 0) / G_USEC_PER_SEC);
}

/* What to show now. FALSE: nothing. */
static gboolean
current (PealScreen *screen, PealStatus *status)
{
  const PealRing *ring = peal_ringing_get (screen->ringing, 0);
  guint ringing = peal_ringing_count (screen->ringing);

  if (screen->sid) {
    *status = screen->status;
    status->seconds = seconds_since (screen->since);
    status->others = ringing;
    status->keys = screen->keys;
    return TRUE;
  }
  if (!ring)
    return FALSE;
  *status = (PealStatus) {
    .stage = PEAL_STATUS_RUNG,
    .peer = ring->peer,
    .seconds = seconds_since (ring->since),
    .others = ringing - 1,
    .keys = screen->keys,
  };
  return TRUE;
}

static void
draw (PealScreen *screen)
{
  PealStatusLook look;
  PealStatus status;
  g_autofree char *text = NULL;

  if (!screen->paused && current (screen, &status) && peal_printer_look (screen->printer, &look))
    text = peal_status_text (&status, &look);
  if (g_strcmp0 (text, screen->shown) != 0)
    peal_printer_status (screen->printer, text);
  g_free (screen->shown);
  screen->shown = g_steal_pointer (&text);
}

static gboolean
tick (gpointer user)
{
  PealScreen *screen = user;

  draw (screen);
  if (screen->sid || peal_ringing_count (screen->ringing))
    return G_SOURCE_CONTINUE;
  screen->tick = 0;
  return G_SOURCE_REMOVE;
}

void
peal_screen_refresh (PealScreen *screen)
{
  PealStatusLook look;

  draw (screen);
  if (!screen->tick && peal_printer_look (screen->printer, &look))
    screen->tick = g_timeout_add (TICK, tick, screen);
}

void
peal_screen_hint_keys (PealScreen *screen)
{
  screen->keys = TRUE;
}

/* The terminal may have broken the line in two: it is drawn even where it says the same. */
static gboolean
resized (gpointer user)
{
  PealScreen *screen = user;

  g_clear_pointer (&screen->shown, g_free);
  if (screen->view)
    peal_view_refresh (screen->view);
  draw (screen);
  return G_SOURCE_CONTINUE;
}

/* --- events --- */

static void
enter (PealScreen *screen, PealStatusStage stage)
{
  if (screen->status.stage == stage)
    return;
  screen->status.stage = stage;
  screen->since = g_get_monotonic_time ();
}

static void
forget_picture (PealScreen *screen)
{
  peal_stats_init (&screen->picture);
  screen->status.showing = FALSE;
  screen->status.width = screen->status.height = 0;
  if (screen->view)
    peal_view_clear (screen->view);
}

static void
forget (PealScreen *screen)
{
  g_clear_pointer (&screen->sid, g_free);
  g_clear_pointer (&screen->peer, g_free);
  peal_event_clear (&screen->connected);
  screen->connected = (PealEvent) { .kind = PEAL_EVENT_NONE };
  screen->status = (PealStatus) { .loss = NAN, .rtt_ms = NAN, .sent_db = NAN, .heard_db = NAN };
  peal_stats_init (&screen->stats);
  forget_picture (screen);
  screen->seconds = 0;
}

static void
begin (PealScreen *screen, const PealEvent *event)
{
  if (g_strcmp0 (screen->sid, event->call) != 0)
    forget (screen);
  g_free (screen->sid);
  screen->sid = g_strdup (event->call);
  g_free (screen->peer);
  screen->peer = event->peer ? peal_jid_bare (event->peer) : NULL;
  screen->status.peer = screen->peer;
  enter (screen, event->kind == PEAL_EVENT_ACCEPTED ? PEAL_STATUS_CONNECTING : PEAL_STATUS_CALLING);
}

static void
connected (PealScreen *screen, const PealEvent *event)
{
  PealStatus *status = &screen->status;

  peal_event_clear (&screen->connected);
  peal_event_copy (&screen->connected, event);
  status->codec = screen->connected.codec;
  status->path = screen->connected.path.path;
  status->encryption = screen->connected.path.encryption;
  status->flags &= ~PEAL_STATUS_WEAK;
  if (event->path.rtt_ms >= 0)
    status->rtt_ms = event->path.rtt_ms;
  enter (screen, PEAL_STATUS_TALKING);
}

/* What was lost of the packets of the last seconds. */
static void
count_loss (PealScreen *screen, const PealStats *stats)
{
  gint64 *now = screen->history[screen->seconds % LATELY];
  gint64 before[2] = { now[0], now[1] };
  gboolean old = screen->seconds >= LATELY;

  now[0] = MAX (stats->lost, 0);
  now[1] = MAX (stats->packets_received, 0);
  screen->seconds++;
  double lost = (double) (now[0] - (old ? before[0] : 0));
  double all = lost + (double) (now[1] - (old ? before[1] : 0));
  screen->status.loss = stats->lost >= 0 && all > 0 ? lost / all * 100 : NAN;
}

static void
counted (PealScreen *screen, const PealStats *stats)
{
  PealStatus *status = &screen->status;

  if (stats->packets_received > screen->stats.packets_received)
    status->flags &= ~PEAL_STATUS_WEAK;
  screen->stats = *stats;
  count_loss (screen, stats);
  status->sent_db = stats->sent_level_db;
  status->heard_db = stats->level_db;
  if (isfinite (stats->rtt_ms) && stats->rtt_ms >= 0)
    status->rtt_ms = stats->rtt_ms;
}

/* A picture that stands still is not there. */
static void
saw (PealScreen *screen, const PealStats *stats)
{
  gboolean moves = stats->frames > MAX (screen->picture.frames, 0);

  screen->picture = *stats;
  screen->status.width = moves ? MAX (stats->width, 0) : 0;
  screen->status.height = moves ? MAX (stats->height, 0) : 0;
  screen->status.fps = stats->fps;
}

static gboolean
is_picture (const PealEvent *event)
{
  return !g_strcmp0 (event->media, "video");
}

/* Whether ours is sent is known by the bytes that leave, so that nobody need be asked. */
static void
counted_picture (PealScreen *screen, const PealStats *stats)
{
  screen->status.showing = stats->packets_sent > MAX (screen->picture.packets_sent, 0);
  saw (screen, stats);
}

/* "hold" and "mute" set, "unhold", "unmute" and "active" take back. */
static void
controlled (PealScreen *screen, const PealEvent *event)
{
  gboolean hold = event->kind == PEAL_EVENT_HOLD, theirs = event->by == PEAL_BY_REMOTE;
  PealStatusFlags flag = hold ? (theirs ? PEAL_STATUS_THEY_HELD : PEAL_STATUS_HELD)
                              : (theirs ? PEAL_STATUS_THEY_MUTED : PEAL_STATUS_MUTED);

  if (!g_strcmp0 (event->reason, "active") && theirs)
    screen->status.flags &= ~(PEAL_STATUS_THEY_HELD | PEAL_STATUS_THEY_MUTED);
  else if (!g_strcmp0 (event->reason, "hold") || !g_strcmp0 (event->reason, "mute"))
    screen->status.flags |= flag;
  else
    screen->status.flags &= ~flag;
}

static void
device (PealScreen *screen, const PealEvent *event)
{
  PealStatusFlags flag = !g_strcmp0 (event->feature, "audio-in")   ? PEAL_STATUS_MIC_GONE
                         : !g_strcmp0 (event->feature, "video-in") ? PEAL_STATUS_CAMERA_GONE
                                                                   : PEAL_STATUS_SPEAKER_GONE;

  if (!g_strcmp0 (event->feature, "video-out"))
    return; /* a window that was closed is no fault */
  if (!g_strcmp0 (event->state, "gone"))
    screen->status.flags |= flag;
  else
    screen->status.flags &= ~flag;
}

static void
follow (PealScreen *screen, const PealEvent *event)
{
  switch (event->kind) {
  case PEAL_EVENT_RINGING:
    enter (screen, PEAL_STATUS_RINGING);
    break;
  case PEAL_EVENT_CONNECTED:
    if (!is_picture (event) || !screen->connected.kind)
      connected (screen, event);
    break;
  case PEAL_EVENT_STATS:
    if (is_picture (event))
      counted_picture (screen, &event->stats);
    else
      counted (screen, &event->stats);
    break;
  case PEAL_EVENT_CONTENT_REMOVED:
    if (is_picture (event))
      forget_picture (screen);
    break;
  case PEAL_EVENT_HOLD:
  case PEAL_EVENT_MUTE:
    controlled (screen, event);
    break;
  case PEAL_EVENT_DEVICE:
    device (screen, event);
    break;
  case PEAL_EVENT_WEAK:
    screen->status.flags |= PEAL_STATUS_WEAK;
    break;
  case PEAL_EVENT_ENDED:
    forget (screen);
    break;
  default:
    break;
  }
}

void
peal_screen_event (PealScreen *screen, const PealEvent *event)
{
  if (event->kind == PEAL_EVENT_OUTGOING || event->kind == PEAL_EVENT_ACCEPTED)
    begin (screen, event);
  else if (screen->sid && !g_strcmp0 (screen->sid, event->call))
    follow (screen, event);
  peal_screen_refresh (screen);
}

char *
peal_screen_figures (PealScreen *screen)
{
  if (!screen->connected.kind)
    return NULL;
  return peal_figures_text (&screen->connected, &screen->stats, &screen->picture);
}

/* --- life --- */

PealScreen *
peal_screen_new (PealPrinter *printer, PealRinging *ringing)
{
  PealScreen *screen = g_new0 (PealScreen, 1);

  screen->printer = printer;
  screen->ringing = ringing;
  forget (screen);
  screen->winch = g_unix_signal_add (SIGWINCH, resized, screen);
  return screen;
}

void
peal_screen_free (PealScreen *screen)
{
  if (!screen)
    return;
  peal_screen_pause (screen);
  g_clear_handle_id (&screen->tick, g_source_remove);
  g_clear_handle_id (&screen->winch, g_source_remove);
  forget (screen);
  peal_view_free (screen->view);
  g_free (screen->shown);
  g_free (screen);
}

void
peal_screen_pause (PealScreen *screen)
{
  screen->paused = TRUE;
  draw (screen);
}

void
peal_screen_resume (PealScreen *screen)
{
  screen->paused = FALSE;
  g_clear_pointer (&screen->shown, g_free); /* others have written since */
  peal_screen_refresh (screen);
}

PealEasel *
peal_screen_easel (PealScreen *screen)
{
  if (!screen->view)
    screen->view = peal_view_new (screen->printer);
  return peal_view_easel (screen->view);
}
