/* `peal devices`: microphones, speakers, cameras and screens by the names that flags take. */
// SPDX-License-Identifier: MIT
#include "cli/command.h"
#include "cli/printer.h"
#include "media/device.h"

/* The flag that takes a device of each kind; NULL: none does yet. */
static const char *const flags[PEAL_N_DEVICE_KINDS] = {
  [PEAL_DEVICE_MICROPHONE] = "audio-in",
  [PEAL_DEVICE_SPEAKER] = "audio-out",
  [PEAL_DEVICE_CAMERA] = "video-in",
};

static void
print (PealPrinter *printer, PealDeviceKind kind, const PealDevice *device)
{
  PealEvent event;

  peal_event_init (&event, PEAL_EVENT_DEVICE);
  event.media = g_strdup (peal_device_words[kind]);
  event.feature = g_strdup (flags[kind]);
  event.name = g_strdup (device->name);
  event.state = g_strdup (device->standard ? "default" : "present");
  peal_printer_event (printer, &event);
  peal_event_clear (&event);
  peal_printer_result (printer, "%-12s%s%s", peal_device_words[kind], device->name,
                       device->standard ? " (default)" : "");
}

static guint
print_all (PealPrinter *printer, PealDeviceKind kind)
{
  g_autoptr(GPtrArray) devices = peal_device_list (kind);

  for (guint i = 0; i < devices->len; i++)
    print (printer, kind, devices->pdata[i]);
  return devices->len;
}

int
peal_command_devices (const PealOptions *options)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PealPrinter) printer = peal_printer_new (options, &error);
  guint n = 0;

  if (!printer) {
    g_printerr ("peal: %s\n", error->message);
    return peal_cause_status ((PealCause) error->code);
  }
  for (PealDeviceKind kind = 0; kind < PEAL_N_DEVICE_KINDS; kind++)
    n += print_all (printer, kind);
  if (n == 0)
    peal_printer_say (printer, "there are no devices; `peal doctor` says what is missing");
  return peal_printer_leave (printer, NULL);
}
