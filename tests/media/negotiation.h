/* Descriptions in tests: read from text, shown as text, so that a test says what it expects in one
 * line. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/negotiate.h"

/* @text as a description that a stanza brought. */
PealRtpDescription *peal_test_description (const char *text);

/* @description as the other side reads what we write. */
PealRtpDescription *peal_test_over_the_wire (const PealRtpDescription *description);

/* "111 opus/48000/2 minptime=10, 0 PCMU/8000/1, mux": lines and what their parameters say, no more.
 * Given. */
char *peal_test_show_lines (const PealRtpDescription *description);

/* "VP8 96>100 rtx 97>101 red 118>120 fec 120>123, remb cc fir nack pli, mid=4 sent=2, rsize": what
 * was agreed on, our numbers after those of the peer. Given. */
char *peal_test_show_agreement (const PealAgreement *agreement);

/* @theirs and @ours, both of one negotiation, say the same of it. */
void peal_test_mirrors (const PealAgreement *ours, const PealAgreement *theirs);
