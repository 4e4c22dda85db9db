/* What a stream lets a trace see: each element either way with its secrets blanked, and each change
 * of state of its machines. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* Copied by whoever keeps one; @id and @user must outlive the copies. All may be NULL. */
typedef struct {
  const char *id; /* whose machines: our bare address */
  void (*element) (gpointer user, gboolean outgoing, const char *xml, gsize length);
  void (*transition) (gpointer user, const char *machine, const char *id, const char *from,
                      const char *to);
  gpointer user;
} PealTap;

/* One top-level element passed. Blanks in a copy. */
void peal_tap_element (const PealTap *tap, gboolean outgoing, const char *xml, gsize length);

/* @machine ("stream", "link", …) went @from one state @to another; "" is before the first. Also
 * said by g_debug. */
void peal_tap_transition (const PealTap *tap, const char *machine, const char *from,
                          const char *to);
