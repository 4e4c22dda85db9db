/* A GStreamer pipeline without a main loop: elements from texts, errors as causes, one clock for
 * all.
 *
 * Missing elements and failures become sentences that name what to install or to look at. Events
 * are told on whatever thread they happen. Needs no default context, and the bus keeps nothing. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

typedef struct {
  void (*failed) (gpointer user,
                  const GError *why); /* domain PEAL_CAUSE; may come more than once */
  void (*ended) (gpointer user);      /* every sink saw the end of its stream */
  /* A device is gone, @why says how, or back: @why is NULL. The pipeline goes on. May be NULL. */
  void (*device) (gpointer user, const char *why);
} PealPipelineEvents;

/* Makes GStreamer ready; at once when it is. Any thread. */
void peal_pipeline_init (void);

/* An empty pipeline, owned. @name shows in GStreamer's logs. */
GstElement *peal_pipeline_new (const char *name, const PealPipelineEvents *events, gpointer user);

/* Counts time from a moment that all pipelines have in common which this is called for, instead of
 * from when it began to play: for what is live. While it is NULL or READY. */
void peal_pipeline_share_time (GstElement *pipeline);

/* Sets it to PLAYING on a thread of GStreamer's: opening a device may take its time. */
void peal_pipeline_play_soon (GstElement *pipeline);

/* Stops and frees; nothing of it runs once this returns, and no event follows. */
void peal_pipeline_free (GstElement *pipeline);

/* Elements from a gst-launch text as one bin with ghost pads where something is missing; floating.
 * NULL with @error (PEAL_CAUSE_MEDIA), which names the package of a missing element. */
GstElement *peal_pipeline_parse (const char *text, GError **error);

/* Whether every element of @text is here: a chain of elements, without bins, names or branches.
 * Makes none of them. */
gboolean peal_pipeline_has (const char *text);

/* The element called @name in @bin, which must be there. Borrowed. */
GstElement *peal_pipeline_element (GstElement *bin, const char *name);
