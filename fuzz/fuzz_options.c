/* Fuzzes what a user, a script or a file may say: argv, environment and config, and the URLs of
 * services.
 *
 * A line of the input begins with what it is: `a` an argument, `e` NAME=VALUE of the environment,
 * `c` a line of the config. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include <glib/gstdio.h>
#include <math.h>
#include <unistd.h>

#include "cli/account.h"
#include "cli/way.h"
#include "signaling/event.h"
#include "signaling/im/service.h"

typedef struct {
  GPtrArray *argv;
  GString *config;
  GPtrArray *set; /* names of the environment's */
} World;

/* Made once; removed at the end. */
static const char *
config_path (void)
{
  static char path[128];

  if (!*path)
    g_snprintf (path, sizeof path, "%s/peal-fuzz-config-%d", g_get_tmp_dir (), (int) getpid ());
  return path;
}

static void
put_into_environment (World *world, const char *text)
{
  const char *equals = strchr (text, '=');
  g_autofree char *name = equals ? g_strndup (text, (gsize) (equals - text)) : NULL;

  if (!name || g_str_equal (name, "PEAL_CONFIG"))
    return;
  for (const PealOption *option = peal_options_table; option->name; option++)
    if (!g_strcmp0 (option->environment, name) || g_str_equal (name, "PEAL_PASSWORD") ||
        g_str_equal (name, "PEAL_TURN_PASSWORD")) {
      g_setenv (name, equals + 1, TRUE);
      g_ptr_array_add (world->set, g_steal_pointer (&name));
      return;
    }
}

static void
read_lines (World *world, FuzzInput input)
{
  g_ptr_array_add (world->argv, g_strdup ("peal"));
  for (char *line; (line = fuzz_line (&input)); g_free (line)) {
    if (*line == 'a' && !strchr (line, '/')) /* no other file than ours */
      g_ptr_array_add (world->argv, g_strdup (line + 1));
    else if (*line == 'e')
      put_into_environment (world, line + 1);
    else if (*line == 'c')
      g_string_append_printf (world->config, "%s\n", line + 1);
  }
  g_ptr_array_add (world->argv, NULL);
}

static void
check_url (const char *url)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PealService) service = peal_service_from_url (url, "hunter2hunter2", &error);

  g_assert_true ((service == NULL) == (error != NULL));
  if (!service)
    return;
  g_assert_true (*service->host && service->port > 0);
  g_assert_true (service->type >= PEAL_SERVICE_STUN && service->type <= PEAL_SERVICE_TURNS);
  g_assert_true (service->transport == PEAL_SERVICE_UDP || service->transport == PEAL_SERVICE_TCP);
  g_assert_true (!service->username || *service->username);
  g_autoptr(PealService) copy = peal_service_copy (service);
  g_assert_cmpstr (copy->host, ==, service->host);
}

/* Which way to the server they mean; a certificate would be another file. */
static void
check_way (PealOptions *options)
{
  g_autoptr(GError) error = NULL;

  g_clear_pointer (&options->certificate, g_free);
  g_autoptr(PealWay) way = peal_way_new (options, "alice@example.org", &error);
  g_assert_true ((way == NULL) == (error != NULL));
  g_assert_true (!error || error->domain == PEAL_CAUSE);
  g_assert_true (!way || !way->pins || g_bytes_get_size (way->pins) % 32 == 0);
}

static void
check_options (PealOptions *options)
{
  g_autofree char *jid = peal_account_jid (options, NULL);
  g_autofree char *turn_password = peal_account_turn_password (options);

  g_assert_nonnull (options->arguments);
  g_assert_nonnull (options->file);
  g_assert_true (isfinite (options->duration) && options->duration >= 0);
  g_assert_cmpint (options->ring_timeout, >=, 0);
  g_assert_cmpint (options->verbose, >=, 0);
  g_assert_true (!jid || g_utf8_validate (jid, -1, NULL));
  check_way (options);
  for (char **url = options->stun; url && *url; url++)
    check_url (*url);
  for (char **url = options->turn; url && *url; url++)
    check_url (*url);
  for (char **url = options->arguments; *url; url++)
    check_url (*url);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  World world = { g_ptr_array_new_with_free_func (g_free), g_string_new (NULL),
                  g_ptr_array_new_with_free_func (g_free) };
  g_autoptr(GError) error = NULL;

  read_lines (&world, (FuzzInput) { data, size });
  g_assert_true (g_file_set_contents_full (config_path (), world.config->str,
                                           (gssize) world.config->len, G_FILE_SET_CONTENTS_NONE,
                                           0600, NULL));
  g_setenv ("PEAL_CONFIG", config_path (), TRUE);
  g_autoptr(PealOptions) options =
      peal_options_parse ((int) world.argv->len - 1, (char **) world.argv->pdata, &error);
  g_unlink (config_path ());

  g_assert_true ((options == NULL) == (error != NULL));
  if (error)
    g_assert_true (error->domain == PEAL_CAUSE && *error->message);
  else
    check_options (options);
  for (guint i = 0; i < world.set->len; i++)
    g_unsetenv (world.set->pdata[i]);
  g_ptr_array_unref (world.set);
  g_ptr_array_unref (world.argv);
  g_string_free (world.config, TRUE);
  return 0;
}
