/* Microphones and speakers by the names that people see. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

/* The names of all devices of @kind, for g_strfreev. Asks the sound server: may take a moment. */
char **peal_device_names (const char *kind);

/* The element of the device whose name is @name, or begins with it; floating. @kind is
 * GStreamer's class: "Audio/Source", "Audio/Sink". NULL with @error (PEAL_CAUSE_MEDIA), which lists
 * those that are there. Asks the sound server: may take a moment. */
GstElement *peal_device_new (const char *kind, const char *name, GError **error);
