/* A microphone or speaker that may vanish and return while it is used.
 *
 * A GObject, as elements of GStreamer are: its class is where messages of the device are kept from
 * the pipeline. The keeper, a thread that is there while it plays, is the only one that changes
 * what is inside. */
// SPDX-License-Identifier: MIT
#include "media/plug.h"

#include "media/pipeline.h"
#include "signaling/event.h"

#define NEWS "peal-plug"

enum {
  PAUSE = G_USEC_PER_SEC, /* between two looks for a device that is away */
  MOST_FAILURES = 2,      /* of a device that has not worked yet: then it is an error */
};

typedef enum {
  EMPTY = 0, /* nothing inside */
  OPENED,    /* a device is inside; nothing passed yet */
  FLOWING,   /* sound passes */
  BROKEN,    /* a device is inside that has failed, or was pulled out */
} State;

typedef struct {
  GstBin parent;
  char *name; /* NULL: the system's choice */
  GstPad *pad;
  PealDeviceChoice choice; /* changed while nothing is inside */
  GThread *keeper;         /* NULL unless it plays */
  GstElement *inside;      /* the bin holds it; NULL: nothing */
  gulong removed;          /* the handler of the device's signal; 0: none */
  GMutex lock;             /* of what follows */
  GCond changed;
  State state;
  gboolean leaving; /* the keeper should end */
  gboolean proven;  /* sound has passed once */
  gboolean missed;  /* told as gone */
  guint failures;   /* in a row, without sound between them */
  char *why;        /* it failed */
} PealPlug;

typedef struct {
  GstBinClass parent;
} PealPlugClass;

GType peal_plug_get_type (void);
G_DEFINE_TYPE (PealPlug, peal_plug, GST_TYPE_BIN)

/* --- telling --- */

static void
tell (PealPlug *plug, const char *why)
{
  GstStructure *news = gst_structure_new (NEWS, "why", G_TYPE_STRING, why, NULL);

  gst_element_post_message (GST_ELEMENT (plug), gst_message_new_element (GST_OBJECT (plug), news));
}

gboolean
peal_plug_read (GstMessage *message, const char **why)
{
  const GstStructure *news = gst_message_get_structure (message);

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ELEMENT || !gst_structure_has_name (news, NEWS))
    return FALSE;
  *why = gst_structure_get_string (news, "why");
  return TRUE;
}

static void
give_up (PealPlug *plug, const char *why)
{
  g_autoptr(GError) error =
      g_error_new_literal (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED, why);

  gst_element_post_message (GST_ELEMENT (plug),
                            gst_message_new_error (GST_OBJECT (plug), error, NULL));
}

/* --- what happens to what is inside; any thread --- */

static void
note_failure (PealPlug *plug, const char *why)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&plug->lock);

  if (plug->state == EMPTY || plug->state == BROKEN)
    return;
  g_debug ("%s: %s", peal_device_words[plug->choice.kind], why);
  plug->state = BROKEN;
  g_free (plug->why);
  plug->why = g_strdup (why);
  g_cond_signal (&plug->changed);
}

static void
note_sound (PealPlug *plug)
{
  g_mutex_lock (&plug->lock);
  gboolean first = plug->state == OPENED;
  gboolean back = first && plug->missed;
  if (first) {
    plug->state = FLOWING;
    plug->proven = TRUE;
    plug->missed = FALSE;
    plug->failures = 0;
  }
  g_mutex_unlock (&plug->lock);
  if (back)
    tell (plug, NULL);
}

static GstPadProbeReturn
see_sound (GstPad *pad, GstPadProbeInfo *info, gpointer plug)
{
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) {
    note_sound (plug);
    return GST_PAD_PROBE_OK;
  }
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;
  note_failure (plug, "it gives no more sound");
  return GST_PAD_PROBE_DROP;
}

/* Nothing that happens behind it stops what comes: the clock goes on. */
static GstFlowReturn
take_sound (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  PealPlug *plug = (PealPlug *) parent;
  GstFlowReturn flow = gst_proxy_pad_chain_default (pad, parent, buffer);

  if (flow == GST_FLOW_OK)
    note_sound (plug);
  else if (flow != GST_FLOW_FLUSHING && flow != GST_FLOW_NOT_LINKED)
    note_failure (plug, "it takes no more sound");
  return GST_FLOW_OK;
}

/* Errors end here, and so does the end of a stream; warnings are for the log. */
static void
handle_message (GstBin *bin, GstMessage *message)
{
  PealPlug *plug = (PealPlug *) bin;
  g_autoptr(GError) error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ERROR:
    gst_message_parse_error (message, &error, NULL);
    note_failure (plug, error->message);
    break;
  case GST_MESSAGE_WARNING:
    gst_message_parse_warning (message, &error, NULL);
    g_debug ("%s: %s", peal_device_words[plug->choice.kind], error->message);
    break;
  case GST_MESSAGE_EOS:
    break;
  default:
    GST_BIN_CLASS (peal_plug_parent_class)->handle_message (bin, message);
    return;
  }
  gst_message_unref (message);
}

/* A server moves our sound to another device when ours is pulled out, and says nothing of it. */
static void
see_removed (GstDevice *device, gpointer plug)
{
  note_failure (plug, "it was pulled out");
}

/* --- putting in and taking out --- */

static void
watch (PealPlug *plug)
{
  if (plug->choice.device)
    plug->removed =
        g_signal_connect_object (plug->choice.device, "removed", G_CALLBACK (see_removed), plug, 0);
}

static void
let_go (PealPlug *plug)
{
  if (plug->removed)
    g_signal_handler_disconnect (plug->choice.device, plug->removed);
  plug->removed = 0;
  peal_device_let_go (&plug->choice);
}

/* With what makes any device take what we play; a microphone's sound is converted behind us.
 * Takes @device, also when it fails. */
static GstElement *
wrap (PealPlug *plug, GstElement *device, GError **error)
{
  if (plug->choice.kind == PEAL_DEVICE_MICROPHONE)
    return device;
  GstElement *bin =
      peal_pipeline_parse ("audioconvert name=first ! audioresample name=last", error);
  if (!bin) {
    gst_element_set_state (device, GST_STATE_NULL);
    gst_object_unref (gst_object_ref_sink (device));
    return NULL;
  }
  g_autoptr(GstPad) end = gst_element_get_static_pad (bin, "src");
  gst_element_remove_pad (bin, end);
  gst_bin_add (GST_BIN (bin), device);
  gst_element_link (peal_pipeline_element (bin, "last"), device);
  return bin;
}

/* What is inside gives sound, or ends: noted there, since a pad that saw the end would let nothing
 * more pass. */
static void
listen_to (PealPlug *plug, GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                     see_sound, plug, NULL);
}

/* A device, READY, behind the pad. FALSE with @error. */
static gboolean
put_in (PealPlug *plug, GError **error)
{
  gboolean is_source = plug->choice.kind == PEAL_DEVICE_MICROPHONE;

  GstElement *device = peal_device_open (&plug->choice, error);
  GstElement *inside = device ? wrap (plug, device, error) : NULL;
  if (!inside) {
    let_go (plug);
    return FALSE;
  }
  g_mutex_lock (&plug->lock);
  plug->state = OPENED;
  g_mutex_unlock (&plug->lock);
  watch (plug);
  plug->inside = inside;
  gst_bin_add (GST_BIN (plug), inside);
  g_autoptr(GstPad) pad = gst_element_get_static_pad (inside, is_source ? "src" : "sink");
  if (is_source)
    listen_to (plug, pad);
  gst_ghost_pad_set_target (GST_GHOST_PAD (plug->pad), pad);
  return TRUE;
}

static void
take_out (PealPlug *plug)
{
  GstElement *inside = g_steal_pointer (&plug->inside);

  let_go (plug);
  g_mutex_lock (&plug->lock);
  plug->state = EMPTY;
  g_mutex_unlock (&plug->lock);
  if (!inside)
    return;
  gst_object_ref (inside);
  gst_element_set_locked_state (inside, TRUE); /* whatever the pipeline does meanwhile */
  gst_element_set_state (inside, GST_STATE_NULL);
  gst_ghost_pad_set_target (GST_GHOST_PAD (plug->pad), NULL);
  gst_bin_remove (GST_BIN (plug), inside);
  gst_object_unref (inside);
}

/* --- the keeper --- */

/* Whether sound has passed once; @lately: and no device has failed since. */
static gboolean
has_worked (PealPlug *plug, gboolean lately)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&plug->lock);

  return lately ? plug->failures == 0 : plug->proven;
}

/* Waits until something is to be done. FALSE: it is to leave. */
static gboolean
sleep_well (PealPlug *plug, gint64 until)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&plug->lock);

  while (!plug->leaving) {
    if (plug->state == BROKEN)
      return TRUE;
    if (plug->state != EMPTY)
      g_cond_wait (&plug->changed, &plug->lock);
    else if (!g_cond_wait_until (&plug->changed, &plug->lock, until))
      return TRUE;
  }
  return FALSE;
}

/* The device has failed. FALSE: it never worked, and the pipeline has been told. */
static gboolean
mourn (PealPlug *plug)
{
  g_mutex_lock (&plug->lock);
  g_autofree char *why = g_steal_pointer (&plug->why);
  gboolean hopeless = ++plug->failures >= MOST_FAILURES && !plug->proven;
  gboolean lost = plug->proven && !plug->missed;
  plug->missed |= lost;
  g_mutex_unlock (&plug->lock);
  take_out (plug);
  if (hopeless)
    give_up (plug, why);
  else if (lost)
    tell (plug, why);
  return !hopeless;
}

/* Looks for the device, once. FALSE: as above. */
static gboolean
look (PealPlug *plug)
{
  g_autoptr(GError) error = NULL;

  if (put_in (plug, &error)) {
    gst_element_sync_state_with_parent (plug->inside);
    /* The new device may take longer than the old one to play. */
    gst_element_post_message (GST_ELEMENT (plug), gst_message_new_latency (GST_OBJECT (plug)));
    return TRUE;
  }
  if (has_worked (plug, FALSE))
    return TRUE;
  give_up (plug, error->message);
  return FALSE;
}

static gpointer
keep (gpointer user)
{
  PealPlug *plug = user;
  gint64 next = 0; /* when to look */

  while (sleep_well (plug, next)) {
    gboolean at_once = has_worked (plug, TRUE);
    if (plug->inside && !mourn (plug))
      break;
    gint64 now = g_get_monotonic_time ();
    if (!at_once && now < next)
      continue;
    next = now + PAUSE;
    if (!look (plug))
      break;
  }
  return NULL;
}

static void
start_keeper (PealPlug *plug)
{
  plug->leaving = FALSE;
  plug->keeper = g_thread_new ("plug", keep, plug);
}

static void
stop_keeper (PealPlug *plug)
{
  if (!plug->keeper)
    return;
  g_mutex_lock (&plug->lock);
  plug->leaving = TRUE;
  g_cond_signal (&plug->changed);
  g_mutex_unlock (&plug->lock);
  g_thread_join (g_steal_pointer (&plug->keeper));
}

/* --- an element --- */

static gboolean
open_first (PealPlug *plug)
{
  g_autoptr(GError) error = NULL;

  if (put_in (plug, &error))
    return TRUE;
  give_up (plug, error->message);
  return FALSE;
}

static GstStateChangeReturn
change_state (GstElement *element, GstStateChange change)
{
  PealPlug *plug = (PealPlug *) element;

  if (change == GST_STATE_CHANGE_NULL_TO_READY && !open_first (plug))
    return GST_STATE_CHANGE_FAILURE;
  if (change == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    stop_keeper (plug);
  GstStateChangeReturn done =
      GST_ELEMENT_CLASS (peal_plug_parent_class)->change_state (element, change);
  if (done == GST_STATE_CHANGE_FAILURE && GST_STATE_TRANSITION_NEXT (change) > GST_STATE_READY)
    give_up (plug, plug->why ? plug->why : "it does not start");
  else if (change == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    start_keeper (plug);
  else if (change == GST_STATE_CHANGE_READY_TO_NULL)
    take_out (plug);
  return done;
}

static void
finalize (GObject *object)
{
  PealPlug *plug = (PealPlug *) object;

  g_assert (!plug->keeper && !plug->choice.watch);
  g_free (plug->name);
  g_free (plug->choice.plug_in);
  g_free (plug->why);
  g_cond_clear (&plug->changed);
  g_mutex_clear (&plug->lock);
  G_OBJECT_CLASS (peal_plug_parent_class)->finalize (object);
}

static void
peal_plug_class_init (PealPlugClass *class)
{
  GST_ELEMENT_CLASS (class)->change_state = change_state;
  GST_BIN_CLASS (class)->handle_message = handle_message;
  G_OBJECT_CLASS (class)->finalize = finalize;
}

static void
peal_plug_init (PealPlug *plug)
{
  g_mutex_init (&plug->lock);
  g_cond_init (&plug->changed);
}

GstElement *
peal_plug_new (PealDeviceKind kind, const char *name, GError **error)
{
  if (!peal_device_can_open (kind, error))
    return NULL;
  PealPlug *plug = g_object_new (peal_plug_get_type (), NULL);

  plug->name = g_strdup (name);
  plug->choice = (PealDeviceChoice) { .kind = kind, .name = plug->name };
  if (kind == PEAL_DEVICE_MICROPHONE)
    plug->pad = gst_ghost_pad_new_no_target ("src", GST_PAD_SRC);
  else {
    plug->pad = gst_ghost_pad_new_no_target ("sink", GST_PAD_SINK);
    gst_pad_set_chain_function (plug->pad, take_sound);
  }
  gst_element_add_pad (GST_ELEMENT (plug), plug->pad);
  return GST_ELEMENT (plug);
}
