/* A TURN server (coturn) of a test's own on loopback, on a port nobody else has. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/services.h"

typedef struct TurnLab TurnLab;

/* NULL, and the test is marked as skipped, where coturn is not installed. Waits until it answers.
 */
TurnLab *turn_lab_new (void);
void turn_lab_free (TurnLab *lab);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TurnLab, turn_lab_free)

/* One service of it with credentials that are right, or not. @host: "127.0.0.1" or "localhost".
 * Free with g_ptr_array_unref. */
GPtrArray *turn_lab_service (TurnLab *lab, const char *host, PealServiceTransport transport,
                             gboolean right);
guint16 turn_lab_port (TurnLab *lab);

/* How often its log has @words; and waits until that is @wanted. */
guint turn_lab_count (TurnLab *lab, const char *words);
void turn_lab_wait (TurnLab *lab, const char *words, guint wanted);
