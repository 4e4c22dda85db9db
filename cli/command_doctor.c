/* `peal doctor`: what is missing on this machine for which feature, and the package that brings it.
 */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "cli/command.h"
#include "cli/doctor.h"
#include "cli/printer.h"

struct PealDoctor {
  const PealOptions *options;
  PealPrinter *printer;
  const char *feature; /* being looked at */
  int distribution;    /* column of `packages` */
  GError *why;         /* the first that a call cannot do without; NULL: nothing is missing */
};

/* --- packages --- */

enum { DEBIAN = 0, FEDORA, ARCH, N_DISTRIBUTIONS };

/* What Debian (and Ubuntu) call by another name than the others. */
static const char *const packages[][N_DISTRIBUTIONS] = {
  { "gstreamer1.0-plugins-base", "gstreamer1-plugins-base", "gst-plugins-base" },
  { "gstreamer1.0-plugins-good", "gstreamer1-plugins-good", "gst-plugins-good" },
  { "gstreamer1.0-plugins-bad", "gstreamer1-plugins-bad-free-extras", "gst-plugins-bad" },
  { "gstreamer1.0-libav", "gstreamer1-plugin-libav", "gst-libav" },
  { "gstreamer1.0-alsa", "gstreamer1-plugins-base", "gst-plugins-base" },
  { "gstreamer1.0-pipewire", "pipewire-gstreamer", "gst-plugin-pipewire" },
  { "gstreamer1.0-plugins-ugly", "gstreamer1-plugins-ugly", "gst-plugins-ugly" },
  { "gstreamer1.0-x", "gstreamer1-plugins-base", "gst-plugins-base" },
  { "gstreamer1.0-gl", "gstreamer1-plugins-base", "gst-plugins-base" },
  { "libgstreamer1.0-0", "gstreamer1", "gstreamer" },
  { "libgsasl18", "libgsasl", "gsasl" },
  { "pipewire-pulse", "pipewire-pulseaudio", "pipewire-pulse" },
  { "python3 python3-numpy", "python3 python3-numpy", "python python-numpy" },
};

static int
this_distribution (void)
{
  static const char *const words[N_DISTRIBUTIONS] = { "debian", "fedora", "arch" };
  g_autofree char *id = g_get_os_info (G_OS_INFO_KEY_ID);
  g_autofree char *like = g_get_os_info ("ID_LIKE");
  g_autofree char *all = g_strconcat (id ? id : "", " ", like, NULL);
  g_auto(GStrv) each = g_strsplit (all, " ", -1);

  for (int i = 0; i < N_DISTRIBUTIONS; i++)
    if (g_strv_contains ((const char *const *) each, words[i]))
      return i;
  return DEBIAN;
}

/* What @package of Debian is called here. */
static const char *
name_here (const PealDoctor *doctor, const char *package)
{
  for (gsize i = 0; i < G_N_ELEMENTS (packages); i++)
    if (!g_strcmp0 (packages[i][DEBIAN], package))
      return packages[i][doctor->distribution];
  return package;
}

/* The package that a sentence of the program itself names (media/pipeline.c). */
static const char *
named_in (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (packages); i++)
    if (strstr (text, packages[i][DEBIAN]))
      return packages[i][DEBIAN];
  return NULL;
}

/* --- telling --- */

static const char *const states[] = { "ok", "degraded", "missing" };

const PealOptions *
peal_doctor_options (const PealDoctor *doctor)
{
  return doctor->options;
}

static void
print (PealDoctor *doctor, const PealFinding *finding, const char *text, const char *package)
{
  PealEvent event;

  peal_event_init (&event, PEAL_EVENT_CHECK);
  event.feature = g_strdup (doctor->feature);
  event.name = g_strdup (finding->item);
  event.state = g_strdup (states[finding->state]);
  event.package = g_strdup (package);
  event.text = g_strdup (text);
  peal_printer_event (doctor->printer, &event);
  peal_event_clear (&event);
  peal_printer_result (doctor->printer, "%-10s%-10s%-20s%s", doctor->feature,
                       states[finding->state], finding->item, text);
}

void
peal_doctor_tell (PealDoctor *doctor, const PealFinding *finding)
{
  gboolean lacks = finding->state != PEAL_CHECK_OK;
  const char *package = !lacks             ? NULL
                        : finding->package ? finding->package
                                           : named_in (finding->text);
  const char *here = package ? name_here (doctor, package) : NULL;
  g_autoptr(GString) text = g_string_new (finding->text);

  if (here && !g_string_replace (text, package, here, 0))
    g_string_append_printf (text, "; install %s", here);
  print (doctor, finding, text->str, here);
  if (finding->state == PEAL_CHECK_MISSING && finding->cause != PEAL_CAUSE_SUCCESS && !doctor->why)
    g_set_error (&doctor->why, PEAL_CAUSE, (int) finding->cause, "%s: %s", finding->item,
                 text->str);
}

/* --- the features --- */

static void
look_at_demo (PealDoctor *doctor)
{
  for (const PealDemoNeed *need = peal_demo_needs; need->program; need++) {
    g_autofree char *path = g_find_program_in_path (need->program);
    peal_doctor_tell (doctor, &(PealFinding) {
                                  .item = need->program,
                                  .state = path ? PEAL_CHECK_OK : PEAL_CHECK_MISSING,
                                  .text = path ? path : "there is no such program",
                                  .package = need->package,
                              });
  }
}

static const struct {
  const char *feature;
  void (*look) (PealDoctor *doctor);
} features[] = {
  { "login", peal_doctor_login },      { "call", peal_doctor_codecs },
  { "audio-in", peal_doctor_sources }, { "audio-out", peal_doctor_sinks },
  { "video", peal_doctor_pictures },   { "demo", look_at_demo },
};

int
peal_command_doctor (const PealOptions *options)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PealPrinter) printer = peal_printer_new (options, &error);
  PealDoctor doctor = { .options = options,
                        .printer = printer,
                        .distribution = this_distribution () };

  if (!printer) {
    g_printerr ("peal: %s\n", error->message);
    return peal_cause_status ((PealCause) error->code);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (features); i++) {
    doctor.feature = features[i].feature;
    features[i].look (&doctor);
  }
  int status = peal_printer_leave (printer, doctor.why);
  g_clear_error (&doctor.why);
  return status;
}
