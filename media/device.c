/* Microphones, speakers and other devices: which there are, by the names that people see, and an
 * element for one of them. */
// SPDX-License-Identifier: MIT
#include "media/device.h"

#include <string.h>

#include "media/pipeline.h"
#include "signaling/event.h"

const char *const peal_device_words[] = { "microphone", "speaker", "camera", "screen" };
const char *const peal_device_classes[] = { "Audio/Source", "Audio/Sink", "Video/Source",
                                            "Source/Monitor" };

/* --- which there are --- */

static void
device_free (gpointer user)
{
  PealDevice *device = user;

  gst_object_unref (device->device);
  g_free (device->name);
  g_free (device);
}

static gboolean
is_taken (const GPtrArray *devices, const char *name)
{
  for (guint i = 0; i < devices->len; i++)
    if (g_str_equal (((const PealDevice *) devices->pdata[i])->name, name))
      return TRUE;
  return FALSE;
}

/* Two headsets of one make have one name. */
static char *
own_name (const GPtrArray *devices, GstDevice *device)
{
  g_autofree char *shown = gst_device_get_display_name (device);

  for (guint number = 1;; number++) {
    g_autofree char *name =
        number == 1 ? g_strdup (shown) : g_strdup_printf ("%s (%u)", shown, number);
    if (!is_taken (devices, name))
      return g_steal_pointer (&name);
  }
}

/* Of these messages those of one monitor end when another one is freed (GStreamer 1.22): devices
 * are asked instead. */
static GstBusSyncReply
ignore (GstBus *bus, GstMessage *message, gpointer unused)
{
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static gboolean
is_standard (GstDevice *device)
{
  GstStructure *properties = gst_device_get_properties (device);
  gboolean standard = FALSE;

  if (!properties)
    return FALSE;
  gst_structure_get_boolean (properties, "is-default", &standard);
  gst_structure_free (properties);
  return standard;
}

/* Started, since only then devices say which of them is the system's choice, and when one is pulled
 * out. */
static GstDeviceMonitor *
start_monitor (PealDeviceKind kind)
{
  peal_pipeline_init ();
  GstDeviceMonitor *monitor = gst_object_ref_sink (gst_device_monitor_new ());
  g_autoptr(GstBus) bus = gst_device_monitor_get_bus (monitor);

  gst_bus_set_sync_handler (bus, ignore, NULL, NULL);
  gst_device_monitor_add_filter (monitor, peal_device_classes[kind], NULL);
  gst_device_monitor_start (monitor);
  return monitor;
}

static void
stop_monitor (GstDeviceMonitor *monitor)
{
  gst_device_monitor_stop (monitor);
  gst_object_unref (monitor);
}

static GPtrArray *
list_of (GstDeviceMonitor *monitor)
{
  GPtrArray *devices = g_ptr_array_new_with_free_func (device_free);
  GList *found = gst_device_monitor_get_devices (monitor);

  for (GList *item = found; item; item = item->next) {
    PealDevice *device = g_new0 (PealDevice, 1);
    device->name = own_name (devices, item->data);
    device->standard = is_standard (item->data);
    device->device = item->data; /* the list's own reference */
    g_ptr_array_add (devices, device);
  }
  g_list_free (found);
  return devices;
}

GPtrArray *
peal_device_list (PealDeviceKind kind)
{
  GstDeviceMonitor *monitor = start_monitor (kind);
  GPtrArray *devices = list_of (monitor);

  stop_monitor (monitor);
  return devices;
}

/* --- the one that is meant --- */

/* How well @name answers to @wanted: more is better, 0 not at all. */
static int
likeness (const char *name, const char *wanted)
{
  g_autofree char *low = g_utf8_casefold (name, -1);
  g_autofree char *low_wanted = g_utf8_casefold (wanted, -1);

  if (g_str_equal (name, wanted))
    return 3;
  if (g_str_equal (low, low_wanted))
    return 2;
  return g_str_has_prefix (low, low_wanted);
}

static void
refuse (const char *const *names, const char *wanted, int best, GError **error)
{
  g_autoptr(GString) list = g_string_new (NULL);

  for (; *names; names++)
    if (!best || likeness (*names, wanted) == best)
      g_string_append_printf (list, "%s%s", list->len ? ", " : "", *names);
  if (best)
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "device:%s may mean any of: %s", wanted,
                 list->str);
  else
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "device:%s: not found; there %s%s", wanted,
                 list->len ? "are: " : "is no device of that kind", list->str);
}

int
peal_device_choose (const char *const *names, const char *wanted, GError **error)
{
  int best = 0, chosen = -1;
  guint equals = 0;

  for (int i = 0; names[i]; i++) {
    int like = likeness (names[i], wanted);
    equals = like > best ? 1 : like && like == best ? equals + 1 : equals;
    chosen = like > best ? i : chosen;
    best = MAX (best, like);
  }
  if (equals == 1)
    return chosen;
  refuse (names, wanted, best, error);
  return -1;
}

/* --- an element for it --- */

/* A sound server's clock runs 30 ms late from the first moment on, since it takes that long to
 * begin. The element would take that for drift, and within a second throw sound away to make up for
 * it. What drifts by more is still put right. */
#define DRIFT_TOLERANCE "120000" /* µs, half of it each way */

/* What the kinds of elements have in common. A speaker begins with whatever is due: nothing is
 * there to wait for. */
static void
prepare (GstElement *element)
{
  static const struct {
    const char *property, *value;
    gboolean sink; /* of a speaker alone */
  } settings[] = {
    { "client-name", "peal", FALSE },
    { "drift-tolerance", DRIFT_TOLERANCE, TRUE },
    { "async", "false", TRUE },
  };
  gboolean sink = GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK);

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (sink >= settings[i].sink &&
        g_object_class_find_property (G_OBJECT_GET_CLASS (element), settings[i].property))
      gst_util_set_object_arg (G_OBJECT (element), settings[i].property, settings[i].value);
}

/* Best first: what autoaudiosrc, autovideosrc and -sink would try. */
static GList *
list_plug_ins (PealDeviceKind kind)
{
  GstElementFactoryListType type =
      kind == PEAL_DEVICE_SPEAKER ? GST_ELEMENT_FACTORY_TYPE_SINK : GST_ELEMENT_FACTORY_TYPE_SRC;

  type |= kind == PEAL_DEVICE_CAMERA ? GST_ELEMENT_FACTORY_TYPE_MEDIA_VIDEO
                                     : GST_ELEMENT_FACTORY_TYPE_MEDIA_AUDIO;
  peal_pipeline_init ();
  GList *factories = gst_element_factory_list_get_elements (type, GST_RANK_MARGINAL);
  return g_list_sort (factories, gst_plugin_feature_rank_compare_func);
}

gboolean
peal_device_can_open (PealDeviceKind kind, GError **error)
{
  GList *factories = list_plug_ins (kind);
  gboolean can = factories != NULL;

  gst_plugin_feature_list_free (factories);
  if (!can)
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA,
                 "no plug-in of GStreamer reaches a %s: install gstreamer1.0-plugins-good",
                 peal_device_words[kind]);
  return can;
}

/* Takes @element; floating again when it is ready. */
static GstElement *
make_ready (GstElement *element)
{
  if (!element)
    return NULL;
  gst_object_ref_sink (element);
  prepare (element);
  if (gst_element_set_state (element, GST_STATE_READY) == GST_STATE_CHANGE_SUCCESS) {
    g_object_force_floating (G_OBJECT (element));
    return element;
  }
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  return NULL;
}

static GstElement *
open_by (PealDeviceChoice *choice, GstElementFactory *factory)
{
  const char *plug_in = GST_OBJECT_NAME (factory);

  if (choice->plug_in && !g_str_equal (choice->plug_in, plug_in))
    return NULL;
  GstElement *element = make_ready (gst_element_factory_create (factory, NULL));
  if (element && !choice->plug_in)
    choice->plug_in = g_strdup (plug_in);
  return element;
}

static GstElement *
open_standard (PealDeviceChoice *choice, GError **error)
{
  GList *factories = list_plug_ins (choice->kind);
  GstElement *element = NULL;

  for (GList *item = factories; item && !element; item = item->next)
    element = open_by (choice, item->data);
  if (!element && choice->kind == PEAL_DEVICE_CAMERA)
    g_set_error (
        error, PEAL_CAUSE, PEAL_CAUSE_MEDIA,
        "no camera works: neither Video4Linux nor PipeWire opens one; plug one in, or call "
        "with --video-in test or none");
  else if (!element)
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA,
                 "no sound device works: neither PipeWire nor PulseAudio nor ALSA opens a %s",
                 peal_device_words[choice->kind]);
  gst_plugin_feature_list_free (factories);
  return element;
}

static PealDevice *
choose (const GPtrArray *devices, const char *wanted, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < devices->len; i++)
    g_ptr_array_add (names, ((PealDevice *) devices->pdata[i])->name);
  g_ptr_array_add (names, NULL);
  int at = peal_device_choose ((const char *const *) names->pdata, wanted, error);
  return at < 0 ? NULL : devices->pdata[at];
}

static GstElement *
open_named (PealDeviceChoice *choice, GError **error)
{
  choice->watch = start_monitor (choice->kind);
  g_autoptr(GPtrArray) devices = list_of (choice->watch);
  PealDevice *device = choose (devices, choice->name, error);
  GstElement *element =
      device ? make_ready (gst_device_create_element (device->device, NULL)) : NULL;

  if (device && !element)
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "device:%s: it cannot be opened",
                 device->name);
  if (element)
    choice->device = gst_object_ref (device->device);
  else
    peal_device_let_go (choice);
  return element;
}

/* By the name of its file, as older programs call cameras. */
static GstElement *
open_file (PealDeviceChoice *choice, GError **error)
{
  GstElement *element = gst_element_factory_make ("v4l2src", NULL);

  if (element)
    g_object_set (element, "device", choice->name, NULL);
  element = make_ready (element);
  if (!element)
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "device:%s: it cannot be opened",
                 choice->name);
  return element;
}

void
peal_device_let_go (PealDeviceChoice *choice)
{
  g_clear_pointer (&choice->device, gst_object_unref);
  g_clear_pointer (&choice->watch, stop_monitor);
}

GstElement *
peal_device_open (PealDeviceChoice *choice, GError **error)
{
  g_assert (choice->kind <= PEAL_DEVICE_CAMERA && !choice->watch);
  if (choice->kind == PEAL_DEVICE_CAMERA && choice->name &&
      g_str_has_prefix (choice->name, "/dev/"))
    return open_file (choice, error);
  return choice->name ? open_named (choice, error) : open_standard (choice, error);
}
