/* The options of every command: one table that parses them, merges environment and config, and
 * writes help, man pages and completions.
 *
 * A flag beats the environment, the environment beats the file: `[account JID]` there beats
 * `[defaults]`. Every long name is also a key of the file. To add an option: a member here, a row
 * in options.c. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#include "signaling/jingle/method.h"
#include "signaling/stream/stream.h"

typedef struct PealCommand PealCommand; /* cli/command.h */

/* What was asked for. Strings and lists are owned, absent is NULL, FALSE or 0; lists end with NULL
 * and are themselves NULL when empty. */
typedef struct {
  const PealCommand *command; /* NULL: none was named */
  char **arguments;           /* what is no option, after the command; never NULL */
  GKeyFile *file;             /* the config; never NULL */

  /* PEAL_PASSWORD, PEAL_TURN_PASSWORD and PEAL_PROXY_PASSWORD: taken out of the environment, so
   * that programs which we start do not inherit them, while there is but one thread. Wiped when
   * freed. */
  char *password, *turn_password, *proxy_password;

  /* everywhere */
  char *account, *resource, *server, *ca, *password_file, *password_command;
  int tls;     /* PealTlsMode */
  char *proxy; /* a URL, or "none" */
  char **server_pin;
  char *certificate;
  double connect_timeout; /* s, for each step of connecting and logging in */
  gboolean insecure, json, quiet, help, version;
  char *events, *log_file, *trace, *config;
  int verbose;

  /* call, answer */
  char *audio_in, *audio_out, *codec, *record, *bind; /* audio_*: never NULL */
  char *processing;                                   /* of a microphone's sound */
  gboolean video;                                     /* our picture from the start */
  char *video_in, *video_out; /* of a picture; video_out NULL: what is here */
  char *size, *max_bitrate;   /* limits, see cli/picture_limits.h */
  int fps;                    /* likewise; 0: none said */
  char *strip;                /* parts of descriptions to leave out */
  char *dtmf;                 /* keys to send, see media/dtmf.h */
  double duration;            /* s; 0: without end */
  char *ringtone;             /* never NULL */
  int ring_timeout;           /* s */
  char *transport;            /* a method's name, or "auto" */
  int encryption;             /* PealEncryption */
  int privacy;                /* PealPrivacy */
  char **stun, **turn;        /* URLs */
  gboolean relay_only, no_trickle;

  /* answer */
  gboolean automatic, once, ask;
  char **from;

  /* help */
  gboolean man;
  int completion; /* PealShell */
} PealOptions;

typedef enum { PEAL_SHELL_NONE = 0, PEAL_SHELL_BASH, PEAL_SHELL_ZSH, PEAL_SHELL_FISH } PealShell;

/* Reads argv (of which only the strings are borrowed, and copied), environment and config file.
 * NULL with @error of domain PEAL_CAUSE (PEAL_CAUSE_USAGE): a sentence that names the flag, and the
 * closest one there is. */
PealOptions *peal_options_parse (int argc, char *const *argv, GError **error);
void peal_options_free (PealOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealOptions, peal_options_free)

/* --- the table, for what walks it --- */

typedef enum {
  PEAL_OPTION_FLAG = 1, /* gboolean */
  PEAL_OPTION_COUNT,    /* int: how often it was said */
  PEAL_OPTION_TEXT,     /* char * */
  PEAL_OPTION_LIST,     /* char **: may be said again and again */
  PEAL_OPTION_NUMBER,   /* double, 0 or more */
  PEAL_OPTION_INTEGER,  /* int, 0 or more */
  PEAL_OPTION_WORD,     /* int: which of .words */
} PealOptionKind;

typedef struct {
  const char *name; /* long, without dashes */
  char letter;      /* short, or 0 */
  PealOptionKind kind;
  gsize offset;             /* in PealOptions */
  const char *commands;     /* "call answer"; NULL: everywhere */
  const char *argument;     /* "JID", "FILE"; NULL for flags */
  const char *const *words; /* WORD, TEXT: the only values; ends with NULL, "" is none */
  const char *fallback;     /* the value when nobody says one; NULL: absent */
  const char *environment;  /* a variable that says it; may be NULL */
  const char *help;         /* one line; begins with a small letter, ends without a full stop */
} PealOption;

/* Ends with a row without name. */
extern const PealOption peal_options_table[];

/* Whether @option belongs to @command (a name); one of everywhere belongs to all. */
gboolean peal_option_is_of (const PealOption *option, const char *command);

/* Whether the config file may hold @option. */
gboolean peal_option_in_file (const PealOption *option);

/* The nearest of @words (which ends with NULL) to @text, or NULL when none is near. */
const char *peal_options_nearest (const char *text, const char *const *words);
