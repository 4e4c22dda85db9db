/* Accounts and their secrets: the config file, and the places a password may come from.
 *
 * A password comes from --password-file, --password-command, PEAL_PASSWORD, the account's section
 * in the config, or the terminal without echo; never from a flag's value, which every user of the
 * machine could read. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

#include "cli/options.h"

/* The account to use. Strings are owned. */
typedef struct {
  char *jid;      /* prepared; may carry a resource */
  char *password; /* wiped when freed; NULL: none, there is a certificate */
} PealAccount;
void peal_account_free (PealAccount *account);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealAccount, peal_account_free)

/* Which account @options mean (--account, PEAL_JID, the file's [defaults], its only account), with
 * its password. NULL with @error (PEAL_CAUSE). Asks on the terminal if it must. */
PealAccount *peal_account_choose (const PealOptions *options, GError **error);

/* The same for @jid, which need not be in the file yet. */
PealAccount *peal_account_for (const PealOptions *options, const char *jid, GError **error);

/* The address alone, prepared, for g_free; or NULL with @error. */
char *peal_account_jid (const PealOptions *options, GError **error);

/* The accounts of @file: bare addresses, for g_strfreev. */
char **peal_account_list (GKeyFile *file);

/* A secret that is not the account's: PEAL_TURN_PASSWORD, or `turn-password` of the account's
 * section or of [defaults]. For g_free, or NULL. */
char *peal_account_turn_password (const PealOptions *options);

/* Likewise: PEAL_PROXY_PASSWORD, or `proxy-password`. For peal_password_free, or NULL. */
char *peal_account_proxy_password (const PealOptions *options);

/* Where the config is: @given, PEAL_CONFIG, or $XDG_CONFIG_HOME/peal/config. For g_free. */
char *peal_config_path (const char *given);

/* An absent file is an empty one. Refuses a file with secrets that others may read
 * (PEAL_CAUSE_SECURITY). */
GKeyFile *peal_config_load (const char *path, GError **error);

/* Has @change make its change to what the file holds now, and replaces the file at once, mode 0600,
 * its folder made with 0700. No other peal writes in between; one that holds it for 3 s is an error
 * (PEAL_CAUSE_FILE). FALSE with @error, also when @change returned FALSE with one: nothing is
 * written. */
typedef gboolean (*PealConfigChange) (GKeyFile *file, gpointer user, GError **error);
gboolean peal_config_change (const char *path, PealConfigChange change, gpointer user,
                             GError **error);
