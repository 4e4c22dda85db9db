/* Microphones and speakers by the names that people see. */
// SPDX-License-Identifier: MIT
#include "media/device.h"

#include "media/pipeline.h"
#include "signaling/event.h"

static GList *
list_devices (const char *kind)
{
  peal_pipeline_init ();
  g_autoptr(GstDeviceMonitor) monitor = gst_device_monitor_new ();

  gst_device_monitor_add_filter (monitor, kind, NULL);
  return gst_device_monitor_get_devices (monitor);
}

char **
peal_device_names (const char *kind)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  GList *devices = list_devices (kind);

  for (GList *item = devices; item; item = item->next) {
    g_autofree char *shown = gst_device_get_display_name (item->data);
    g_strv_builder_add (names, shown);
  }
  g_list_free_full (devices, gst_object_unref);
  return g_strv_builder_end (names);
}

GstElement *
peal_device_new (const char *kind, const char *name, GError **error)
{
  GList *devices = list_devices (kind);
  g_autoptr(GString) names = g_string_new (NULL);
  GstDevice *exact = NULL, *first = NULL;

  for (GList *item = devices; item; item = item->next) {
    g_autofree char *shown = gst_device_get_display_name (item->data);
    g_string_append_printf (names, "%s%s", names->len ? ", " : "", shown);
    if (!exact && !strcmp (shown, name))
      exact = item->data;
    if (!first && g_str_has_prefix (shown, name))
      first = item->data;
  }
  GstDevice *device = exact ? exact : first;
  GstElement *element = device ? gst_device_create_element (device, NULL) : NULL;
  g_list_free_full (devices, gst_object_unref);
  if (!element)
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "device:%s: not found; there %s%s", name,
                 names->len ? "are " : "is no device of that kind", names->str);
  return element;
}
