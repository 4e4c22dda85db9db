/* The name under which reports know all our streams, so that a receiver can tell which sound
 * belongs to which picture (RFC 3550 §6.5.1). */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* Static, 16 characters: 96 random bits (RFC 7022 §4.2), made once a process. Any thread. */
const char *peal_cname (void);
