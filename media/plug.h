/* A microphone or speaker that may vanish and return while it is used.
 *
 * An element like any other: what is in it changes, its one pad stays. While the device is away a
 * microphone gives nothing (the exchange then sends silence), a speaker takes what comes and throws
 * it away, and both look for the device until it is back. None of that stops the pipeline; it is
 * told as an element message (peal_plug_read). A device that cannot be had to begin with is an
 * error, as with other elements. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/device.h"

/* @kind is PEAL_DEVICE_MICROPHONE or PEAL_DEVICE_SPEAKER; @name as in "device:NAME", NULL: what the
 * system uses, which may change. Floating. Opens nothing before it leaves NULL. NULL with @error
 * (PEAL_CAUSE_MEDIA) where no plug-in could. */
GstElement *peal_plug_new (PealDeviceKind kind, const char *name, GError **error);

/* Whether @message tells that a plug's device is gone, and then @why, or back (@why is NULL).
 * Borrowed. */
gboolean peal_plug_read (GstMessage *message, const char **why);
