/* All element tables of peal that a peer's stanza can reach, for tests that walk them. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/wire/codec.h"

/* Every table that may stand as an open child of <jingle/>, <content/> or a proposal; ends with
 * NULL. Static. */
const PealElement *const *peal_test_vocabulary (void);

/* The elements that stanzas carry directly: <jingle/>, the seven of XEP-0353, <si/>, <c/>,
 * disco#info; and those that examples show alone. Ends with NULL. Static. */
const PealElement *const *peal_test_roots (void);

/* The stream's own elements, as a server sends them. Ends with NULL. Static. */
const PealElement *const *peal_test_stream_tables (void);
