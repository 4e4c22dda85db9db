/* What a phone is made of, for phone.c and phone_will.c alone. */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/bell.h"
#include "cli/keys.h"
#include "cli/lines.h"
#include "cli/phone.h"
#include "cli/screen.h"
#include "cli/suspend.h"
#include "transport/loop.h"

struct PealPhone {
  PealPhoneSetup setup;
  PealClient *client;
  PealLoop *loop;
  PealEndpoint *endpoint;
  PealRinging *ringing;
  PealBell *bell;
  PealScreen *screen; /* these four are NULL where the command cannot begin */
  PealKeys *keys;     /* NULL: standard input is no terminal */
  PealLines *lines;   /* NULL: it is one, or it is sound */
  PealSuspend *suspend;
  PealRtpConfig config;
  PealWish wishes[2]; /* voice, picture */
  PealCallPolicy policy;
  GPtrArray *services;
  const char **features;
  char *sid;            /* of the call that runs */
  gboolean talked;      /* the call that ended last was .sid */
  gboolean rings_there; /* .sid is ours, and nobody picked up yet */
  gboolean connected, muted, held, interrupted;
  gboolean shows; /* our picture is wanted in this call */
  guint hangup_timer;
  GThread *warming[2]; /* joined: at exit the libraries they are in clean up */
};

/* Plays what should be heard now: the bell, the ringback tone, or neither. */
void peal_phone_tune (PealPhone *phone);
