/* Secrets: read from where they are kept, wiped where they are no longer needed. */
// SPDX-License-Identifier: MIT
#include "cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "signaling/event.h"

#define LONGEST 1024

void
peal_password_free (char *secret)
{
  if (secret)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

/* The first line of @text, of @length bytes. */
static char *
first_line (const char *text, gsize length, const char *place, GError **error)
{
  gsize end = 0;

  while (end < length && text[end] != '\n' && text[end] != '\r')
    end++;
  const char *why = end == 0 ? "says nothing" : end > LONGEST ? "is too long for a password" : NULL;
  if (!why && !g_utf8_validate (text, (gssize) end, NULL))
    why = "is not UTF-8";
  if (!why)
    return g_strndup (text, end);
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_AUTH, "no password: the first line of %s %s", place,
               why);
  return NULL;
}

/* Reads @fd up to its end, or as much as a password may have. */
static gboolean
read_all (int fd, char *buffer, gsize size, gsize *length)
{
  gssize got;

  *length = 0;
  while (*length < size) {
    do
      got = read (fd, buffer + *length, size - *length);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
      return got == 0;
    *length += (gsize) got;
  }
  return TRUE;
}

char *
peal_password_from_file (const char *path, GError **error)
{
  char buffer[LONGEST + 2];
  gsize length;
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean good = fd >= 0 && read_all (fd, buffer, sizeof buffer, &length);
  int why = errno;

  if (fd >= 0)
    close (fd);
  if (!good) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_AUTH, "no password: %s cannot be read: %s", path,
                 g_strerror (why));
    return NULL;
  }
  char *secret = first_line (buffer, length, path, error);
  explicit_bzero (buffer, sizeof buffer);
  return secret;
}

char *
peal_password_from_command (const char *command, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDIN_INHERIT, &why,
                        "sh", "-c", command, NULL);
  g_autoptr (GBytes) output = NULL;

  if (!process || !g_subprocess_communicate (process, NULL, NULL, &output, NULL, &why)) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_AUTH, "no password: --password-command: %s",
                 why->message);
    return NULL;
  }
  if (!g_subprocess_get_successful (process)) {
    g_set_error (
        error, PEAL_CAUSE, PEAL_CAUSE_AUTH, "no password: --password-command failed (status %d)",
        g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : -1);
    return NULL;
  }
  gsize length;
  const char *text = g_bytes_get_data (output, &length);
  char *secret = first_line (text ? text : "", length, "what --password-command wrote", error);
  if (text)
    explicit_bzero ((char *) text, length);
  return secret;
}

/* Signals are off while echo is: Ctrl-C comes as a byte, and cannot leave the terminal mute. */
static gboolean
read_without_echo (int fd, char *buffer, gsize size, gsize *length)
{
  struct termios before, mute;
  gboolean good = TRUE;

  *length = 0;
  if (tcgetattr (fd, &before))
    return FALSE;
  mute = before;
  mute.c_lflag &= ~(tcflag_t) (ECHO | ISIG);
  tcsetattr (fd, TCSAFLUSH, &mute);
  while (good && *length < size) {
    gssize got = read (fd, buffer + *length, 1);
    good = got == 1 && buffer[*length] != 3;
    if (!good || buffer[*length] == '\n')
      break;
    ++*length;
  }
  tcsetattr (fd, TCSAFLUSH, &before);
  return good;
}

char *
peal_password_from_terminal (const char *question, GError **error)
{
  char buffer[LONGEST + 2];
  gsize length;
  int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

  if (fd < 0) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_AUTH,
                 "no password, and no terminal to ask on; use --password-file, --password-command "
                 "or PEAL_PASSWORD");
    return NULL;
  }
  gssize asked = write (fd, question, strlen (question));
  gboolean good = asked > 0 && read_without_echo (fd, buffer, sizeof buffer, &length);
  asked = write (fd, "\n", 1);
  close (fd);
  if (!good) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_AUTH, "no password was typed");
    return NULL;
  }
  char *secret = first_line (buffer, length, "what was typed", error);
  explicit_bzero (buffer, sizeof buffer);
  return secret;
}

char *
peal_password_from_environment (const char *variable)
{
  const char *value = g_getenv (variable);
  char *secret = value && *value ? g_strdup (value) : NULL;

  if (value)
    g_unsetenv (variable);
  return secret;
}
