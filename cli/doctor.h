/* What `peal doctor` looks at: for each feature a function that looks, and tells what it found.
 *
 * They look in the way that the program goes: the same codec rows, the same functions that make
 * sources and sinks, the same table of what the demo starts. To add a feature: a function here, a
 * row in command_doctor.c. */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "signaling/event.h"

typedef enum {
  PEAL_CHECK_OK = 0,
  PEAL_CHECK_DEGRADED, /* works, with a limit that .text says */
  PEAL_CHECK_MISSING,
} PealCheckState;

typedef struct {
  const char *item;
  PealCheckState state;
  const char
      *text; /* what is there; or what does not work and what to do, where no package helps */
  const char *package; /* Debian's, of what is not there; NULL: none */
  PealCause cause;     /* of the command, when this is missing; SUCCESS: a call works without */
} PealFinding;

typedef struct PealDoctor PealDoctor;

const PealOptions *peal_doctor_options (const PealDoctor *doctor);

/* Tells one finding. What it points to is copied. */
void peal_doctor_tell (PealDoctor *doctor, const PealFinding *finding);

/* TLS, authorities, SASL, DNS, config, locale. */
void peal_doctor_login (PealDoctor *doctor);

/* Codecs with all that is around them. */
void peal_doctor_codecs (PealDoctor *doctor);
/* What --audio-in and --audio-out can name, and the devices. */
void peal_doctor_sources (PealDoctor *doctor);
void peal_doctor_sinks (PealDoctor *doctor);

/* Pictures: codecs, what --video-in and --video-out can name, cameras. */
void peal_doctor_pictures (PealDoctor *doctor);
