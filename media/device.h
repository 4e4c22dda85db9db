/* Microphones, speakers and other devices: which there are, by the names that people see, and an
 * element for one of them. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

typedef enum {
  PEAL_DEVICE_MICROPHONE = 0,
  PEAL_DEVICE_SPEAKER,
  PEAL_DEVICE_CAMERA,
  PEAL_DEVICE_SCREEN,
  PEAL_N_DEVICE_KINDS,
} PealDeviceKind;

extern const char *const peal_device_words[PEAL_N_DEVICE_KINDS];   /* "microphone", … */
extern const char *const peal_device_classes[PEAL_N_DEVICE_KINDS]; /* GStreamer's: "Audio/Source" */

typedef struct {
  char *name;        /* for people; two of one kind never have the same */
  gboolean standard; /* what the system uses where nobody says another */
  GstDevice *device; /* held */
} PealDevice;

/* All devices of @kind, of PealDevice *, owned. Asks the sound server: may take a moment. */
GPtrArray *peal_device_list (PealDeviceKind kind);

/* Which of @names @wanted means: the one that is it, else the one that is it in other letters
 * (small, large), else the only one that begins with it. -1 with @error (PEAL_CAUSE_MEDIA), which
 * lists them, when that is none or several. Pure. */
int peal_device_choose (const char *const *names, const char *wanted, GError **error);

/* A device of sound, or a camera, that is wanted. What is owned is freed by whoever has the struct.
 */
typedef struct {
  PealDeviceKind kind;
  const char *name;  /* as in "device:NAME"; a camera's may be its file, such as "/dev/video0";
                        NULL: what the system chooses */
  char *plug_in;     /* owned; of what was opened where the system chooses; NULL: not opened yet */
  GstDevice *device; /* owned; what was opened by name: emits "removed" when it is pulled out */
  GstDeviceMonitor *watch; /* owned; makes it do so */
} PealDeviceChoice;

/* An element, in state READY, floating, that takes or gives raw sound of any format, or gives
 * pictures in one of its formats. Where the
 * system chooses and @choice has been opened before, the same plug-in opens it: while a sound
 * server restarts nobody should take its hardware. NULL with @error (PEAL_CAUSE_MEDIA). Asks the
 * sound server: may take a moment. */
GstElement *peal_device_open (PealDeviceChoice *choice, GError **error);

/* What was opened is not used any more, and not watched. */
void peal_device_let_go (PealDeviceChoice *choice);

/* Whether a plug-in is here that can open what the system chooses of @kind. FALSE with @error
 * (PEAL_CAUSE_MEDIA), which names the package. */
gboolean peal_device_can_open (PealDeviceKind kind, GError **error);
