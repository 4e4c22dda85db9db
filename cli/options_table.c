/* The table of options: everything that parsing, help, man pages and completions know of them. */
// SPDX-License-Identifier: MIT
#include "cli/options.h"

#include <string.h>

static const char *const tls_words[] = { "both", "starttls", "direct", "off", NULL };
static const char *const transport_words[] = { "auto", "ice", NULL };
static const char *const encryption_words[] = { "required", "preferred", "none", NULL };
static const char *const privacy_words[] = { "relay", "none", "off", NULL };
static const char *const shell_words[] = { "", "bash", "zsh", "fish", NULL };

#define CALLS       "call answer"
#define AT(member_) .offset = G_STRUCT_OFFSET (PealOptions, member_)

// clang-format off
const PealOption peal_options_table[] = {
  { "account", 0, PEAL_OPTION_TEXT, AT (account), .argument = "JID", .environment = "PEAL_JID",
    .help = "the account to use, where the config knows several or none" },
  { "resource", 0, PEAL_OPTION_TEXT, AT (resource), .argument = "NAME",
    .help = "the name of this session of the account; random where the account names none" },
  { "server", 0, PEAL_OPTION_TEXT, AT (server), .argument = "HOST[:PORT]", .environment = "PEAL_SERVER",
    .help = "connect there instead of where DNS says; an IPv6 address stands in brackets" },
  { "tls", 0, PEAL_OPTION_WORD, AT (tls), .argument = "WAY", .words = tls_words, .fallback = "both",
    .help = "how the connection to the server is encrypted; both takes what it offers, off works to this machine alone, or with "
            "--insecure" },
  { "insecure", 0, PEAL_OPTION_FLAG, AT (insecure),
    .help = "let --tls off send everything in the clear to another machine" },
  { "connect-timeout", 0, PEAL_OPTION_NUMBER, AT (connect_timeout), .argument = "SECONDS", .fallback = "10",
    .help = "give up on a server that keeps a step of connecting or logging in waiting for this long" },
  { "ca", 0, PEAL_OPTION_TEXT, AT (ca), .argument = "FILE", .environment = "PEAL_CA",
    .help = "trust the certificates in FILE as well as the system's" },
  { "server-pin", 0, PEAL_OPTION_LIST, AT (server_pin), .argument = "sha256:HEX",
    .help = "take only a server whose certificate, or its public key, has this SHA-256, and take it without a known authority too; "
            "may be said again" },
  { "proxy", 0, PEAL_OPTION_TEXT, AT (proxy), .argument = "URL",
    .help = "reach the server (not the other side of a call) through socks5://[USER@]HOST:PORT or http://[USER@]HOST:PORT, which also looks it up, without SRV; "
            "its password stands in PEAL_PROXY_PASSWORD or in the config; none takes none, else ALL_PROXY and NO_PROXY count" },
  { "certificate", 0, PEAL_OPTION_TEXT, AT (certificate), .argument = "FILE",
    .help = "log in with the certificate and key in FILE (PEM), where the server asks for one" },
  { "password-file", 0, PEAL_OPTION_TEXT, AT (password_file), .argument = "FILE",
    .help = "read the password from the first line of FILE" },
  { "password-command", 0, PEAL_OPTION_TEXT, AT (password_command), .argument = "COMMAND",
    .help = "read the password from the first line that COMMAND writes" },
  { "json", 0, PEAL_OPTION_FLAG, AT (json),
    .help = "write events to standard output, one JSON object a line, and nothing else there" },
  { "events", 0, PEAL_OPTION_TEXT, AT (events), .argument = "FILE|fd:N",
    .help = "write the same lines of JSON to a file, or to an open descriptor" },
  { "log-file", 0, PEAL_OPTION_TEXT, AT (log_file), .argument = "FILE",
    .help = "append remarks for debugging to FILE" },
  { "trace", 0, PEAL_OPTION_TEXT, AT (trace), .argument = "FILE",
    .help = "write every stanza and state change to FILE, without passwords and keys" },
  { "verbose", 'v', PEAL_OPTION_COUNT, AT (verbose),
    .help = "say more about what happens; twice: everything" },
  { "quiet", 'q', PEAL_OPTION_FLAG, AT (quiet),
    .help = "say nothing but results and failures" },
  { "config", 0, PEAL_OPTION_TEXT, AT (config), .argument = "FILE", .environment = "PEAL_CONFIG",
    .help = "read and write accounts and defaults there" },
  { "help", 'h', PEAL_OPTION_FLAG, AT (help),
    .help = "explain the command and leave" },
  { "version", 0, PEAL_OPTION_FLAG, AT (version),
    .help = "name the version and leave" },

  { "audio-in", 0, PEAL_OPTION_TEXT, AT (audio_in), CALLS, "SOURCE", .fallback = "mic",
    .help = "what the other side hears: mic, device:NAME, file:PATH, tone[:HZ], silence, or stdin (S16LE, 48 kHz, mono)" },
  { "audio-out", 0, PEAL_OPTION_TEXT, AT (audio_out), CALLS, "SINK", .fallback = "speaker",
    .help = "where their sound goes: speaker, device:NAME, file:PATH (.wav, .ogg, .mka), none, or stdout" },
  { "processing", 0, PEAL_OPTION_TEXT, AT (processing), CALLS, "LIST", .fallback = "echo,noise,gain",
    .help = "what is done to a microphone's sound: echo (what the speaker plays is taken out), noise (likewise), gain (its level is "
            "evened out), a list of these, or none" },
  { "codec", 0, PEAL_OPTION_TEXT, AT (codec), CALLS, "LIST",
    .help = "codecs to use, best first: a list of opus, g722, speex, pcmu, pcma for sound, and of vp8, vp9, h264, av1 for the "
            "picture; the kind that is not named uses all, without av1" },
  { "video", 0, PEAL_OPTION_FLAG, AT (video), CALLS,
    .help = "show your picture too: from the start of a call of yours, and in an answer to who offers a picture" },
  { "video-in", 0, PEAL_OPTION_TEXT, AT (video_in), CALLS, "SOURCE", .fallback = "camera",
    .help = "the picture that the other side sees: camera, device:NAME, screen, file:PATH, test (four colours and a counter), or none" },
  { "video-out", 0, PEAL_OPTION_TEXT, AT (video_out), CALLS, "SINK",
    .help = "where their picture goes: window (where there is a display, without this option), terminal (drawn with letters), "
            "file:PATH (.mkv, .webm), or none" },
  { "size", 0, PEAL_OPTION_TEXT, AT (size), CALLS, "WIDTHxHEIGHT", .fallback = "1280x720",
    .help = "the largest picture to send" },
  { "fps", 0, PEAL_OPTION_INTEGER, AT (fps), CALLS, "FRAMES", .fallback = "30",
    .help = "the most pictures to send in a second" },
  { "max-bitrate", 0, PEAL_OPTION_TEXT, AT (max_bitrate), CALLS, "RATE",
    .help = "the most bits that the picture takes in a second: 500k, 1.5M" },
  { "strip", 0, PEAL_OPTION_TEXT, AT (strip), CALLS, "LIST",
    .help = "leave these out of what is offered and answered, to find out what another client stumbles over: a list of "
            "ssrc, hdrext, rtcp-fb, rtx, fec, rsize" },
  { "duration", 0, PEAL_OPTION_NUMBER, AT (duration), CALLS, "SECONDS",
    .help = "hang up this long after the call was connected" },
  { "ringtone", 0, PEAL_OPTION_TEXT, AT (ringtone), CALLS, "SOUND", .fallback = "tone",
    .help = "what a speaker plays until somebody picks up: tone, file:PATH (instead of the bell), or none" },
  { "ring-timeout", 0, PEAL_OPTION_INTEGER, AT (ring_timeout), CALLS, "SECONDS", .fallback = "45",
    .help = "give up ringing after this long" },
  { "transport", 0, PEAL_OPTION_TEXT, AT (transport), CALLS, "METHOD", .words = transport_words, .fallback = "auto",
    .help = "how packets travel" },
  { "encryption", 0, PEAL_OPTION_WORD, AT (encryption), CALLS, "POLICY", .words = encryption_words, .fallback = "required",
    .help = "whether a call must be encrypted end to end; preferred takes a plain one from who cannot, none never encrypts" },
  { "stun", 0, PEAL_OPTION_LIST, AT (stun), CALLS, "URL",
    .help = "a STUN server to use instead of the account's: stun:HOST[:PORT]" },
  { "turn", 0, PEAL_OPTION_LIST, AT (turn), CALLS, "URL",
    .help = "a relay to use instead of the account's: turn:USER@HOST[:PORT][?transport=udp|tcp], or turns:..., "
            "which is not used yet; its password stands in PEAL_TURN_PASSWORD or in the config" },
  { "relay-only", 0, PEAL_OPTION_FLAG, AT (relay_only), CALLS,
    .help = "send everything through a relay, so that the other side learns no address of this machine" },
  { "no-trickle", 0, PEAL_OPTION_FLAG, AT (no_trickle), CALLS,
    .help = "tell all addresses at once, when all are known" },
  { "privacy", 0, PEAL_OPTION_WORD, AT (privacy), CALLS, "WHAT", .words = privacy_words, .fallback = "relay",
    .help = "the most that a stranger may learn of our addresses before you accept: a relay's, none, or all (off)" },
  { "bind", 0, PEAL_OPTION_TEXT, AT (bind), CALLS, "ADDRESS",
    .help = "send and receive sound only at this address of this machine" },
  { "record", 0, PEAL_OPTION_TEXT, AT (record), CALLS, "DIR",
    .help = "record both directions into DIR, a file each" },
  { "dtmf", 0, PEAL_OPTION_TEXT, AT (dtmf), CALLS, "DIGITS",
    .help = "dial these once the call is connected: 0-9, *, #, A-D; a comma waits a second" },

  { "auto", 0, PEAL_OPTION_FLAG, AT (automatic), "answer",
    .help = "accept calls without asking" },
  { "ask", 0, PEAL_OPTION_FLAG, AT (ask), "answer",
    .help = "without a terminal too, let calls ring until a line of standard input says accept or decline" },
  { "once", 0, PEAL_OPTION_FLAG, AT (once), "answer",
    .help = "leave after the first call" },
  { "from", 0, PEAL_OPTION_LIST, AT (from), "answer", "JID",
    .help = "hear calls of this address only; may be said again" },

  { "man", 0, PEAL_OPTION_FLAG, AT (man), "help",
    .help = "write the manual page instead, for man(1)" },
  { "completion", 0, PEAL_OPTION_WORD, AT (completion), "help", "SHELL", .words = shell_words,
    .help = "write the completions for a shell instead" },
  { NULL },
};
// clang-format on

gboolean
peal_option_is_of (const PealOption *option, const char *command)
{
  if (!option->commands)
    return TRUE;
  g_auto(GStrv) names = g_strsplit (option->commands, " ", -1);
  return command && g_strv_contains ((const char *const *) names, command);
}

gboolean
peal_option_in_file (const PealOption *option)
{
  static const char *const never[] = { "config", "help", "version", "man", "completion", NULL };

  return !g_strv_contains (never, option->name);
}
