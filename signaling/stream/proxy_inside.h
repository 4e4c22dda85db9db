/* What proxy.c (what a proxy is) and proxy_pass.c (what is said to it) share. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/stream/proxy.h"

struct PealProxy {
  PealProxyKind kind;
  char *host, *where;
  guint16 port;
  char *user, *password; /* may be NULL */
};
