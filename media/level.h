/* How loud what passes a pad is, from one question to the next. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include "media/extensions.h"

/* An atomic rc box: who asks and the pad hold it. */
typedef struct PealLevel PealLevel;

PealLevel *peal_level_new (void);
void peal_level_unref (PealLevel *level);

/* Measures the buffers of @pad, which are S16LE, of any number of channels. */
void peal_level_watch (PealLevel *level, GstPad *pad);

/* Of what passed last, as packets tell it (RFC 6464 §3): -dBov, PEAL_EXTENSIONS_SILENCE for
 * nothing. Any thread. */
guint8 peal_level_now (PealLevel *level);

/* Since this was asked last, dBFS (a full-scale sine is -3; nothing but zeros is -100); NAN:
 * nothing passed. Any thread. */
double peal_level_ask (PealLevel *level);
