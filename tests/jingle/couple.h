/* Two devices in a call with a picture, and what both of them think of its contents. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/endpoint_inner.h"
#include "tests/jingle/glass.h"
#include "tests/jingle/hollow.h"

#define ALICE "alice@glass.test/a"
#define BOB   "bob@glass.test/b"

typedef struct {
  Glass *glass;
  Device *alice, *bob;
} Couple;

/* Both are online with @features, have a picture, and offer it where told. */
Couple couple_new (const char *features, gboolean offered);
/* Alice calls Bob, who answers: both are connected, and their stories begin anew. */
void couple_talk (Couple *couple);
/* Both of it. */
Couple couple_talking (const char *features, gboolean offered);
/* Nothing may be left. */
void couple_end (Couple *couple);

PealCall *couple_call (Device *device);
/* "audio:both video:initiator": what @device has, and who may send of it. Given. */
char *couple_contents (Device *device);
/* Both have exactly @contents. */
void couple_agree (Couple *couple, const char *contents);
/* What @device was told since the last time is @story. */
void couple_told (Device *device, const char *story);
/* The user turns the picture on or off; waits till all is said. */
void couple_show (Device *device, gboolean on);
/* What the medium of @device's picture does. */
const HollowConfig *couple_picture (const Device *device);
/* Turns the main context till nothing is to do. */
void couple_settle (Couple *couple);
/* @from sends a <jingle/> of the call that its endpoint would not. */
void couple_say (Couple *couple, Device *from, const char *action, const char *inner);
