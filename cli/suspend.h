/* Ctrl-Z, `bg` and `fg`: what is on the terminal is put right before we stop and after. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct PealSuspend PealSuspend;

typedef struct {
  void (*stopping) (gpointer user);  /* SIGTSTP: we stop when this returns */
  void (*continued) (gpointer user); /* SIGCONT; also after a SIGSTOP, of which nobody is told */
} PealSuspendEvents;

/* One in a process. Hears on the default main context. */
PealSuspend *peal_suspend_new (const PealSuspendEvents *events, gpointer user);
/* The signals are again what they were. NULL is ignored. */
void peal_suspend_free (PealSuspend *suspend);
