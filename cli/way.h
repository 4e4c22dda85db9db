/* The way to the server that the options say: proxy, pins, our certificate. */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "signaling/stream/proxy.h"

/* Owned; each may be NULL. */
typedef struct {
  PealProxy *proxy;
  GBytes *pins;
  GTlsCertificate *certificate;
} PealWay;
void peal_way_free (PealWay *way);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealWay, peal_way_free)

/* For the account @jid. The proxy is that of --proxy or the config; else that of ALL_PROXY, except
 * to this machine and to where NO_PROXY says, as other programs have it. NULL with @error
 * (PEAL_CAUSE: USAGE, SECURITY, AUTH). */
PealWay *peal_way_new (const PealOptions *options, const char *jid, GError **error);
