/* The elements of file transfer as structs and tables: XEP-0234, 0300, 0095 and 0096. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/jingle.h"

#define PEAL_NS_FILE_TRANSFER "urn:xmpp:jingle:apps:file-transfer:5"
#define PEAL_NS_HASHES        "urn:xmpp:hashes:2"
#define PEAL_NS_SI            "http://jabber.org/protocol/si"
#define PEAL_NS_SI_FILE       "http://jabber.org/protocol/si/profile/file-transfer"
#define PEAL_NS_FEATURE_NEG   "http://jabber.org/protocol/feature-neg"
#define PEAL_NS_DATA_FORM     "jabber:x:data"

/* XEP-0300: <hash algo='sha-256'>base64</hash>, and <hash-used algo/> without a value. */
typedef struct {
  char *algorithm;
  char *value; /* base64, white space at its ends removed */
} PealHash;
extern const PealElement peal_hash_element;

/* XEP-0234 §5: a part of a file. */
typedef struct {
  gint64 offset;     /* 0 where absent */
  gint64 length;     /* -1: to the end */
  GPtrArray *hashes; /* of PealHash *: of the part */
} PealFileRange;

typedef struct {
  char *date; /* XEP-0082 by the letter, but Gajim sends an offset and a Z: a bad one means none */
  char *description;
  char *media_type;
  char *name;           /* as the peer gave it: never a path to open */
  gint64 size;          /* -1: absent */
  PealFileRange *range; /* present though empty: ranges are understood */
  GPtrArray *hashes;    /* of PealHash * */
  char *hash_used;      /* algorithm of a hash to follow in <checksum/> */
} PealFile;

typedef struct {
  PealFile *file;
} PealFileDescription;
extern const PealElement peal_file_description_element;
void peal_file_description_free (PealFileDescription *description);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealFileDescription, peal_file_description_free)

/* session-info: <received creator name/>. */
typedef struct {
  PealCreator creator;
  char *name;
} PealFileReceived;
extern const PealElement peal_file_received_element;

/* session-info: <checksum creator name><file>…</file></checksum>. */
typedef struct {
  PealCreator creator;
  char *name;
  PealFile *file;
} PealFileChecksum;
extern const PealElement peal_file_checksum_element;

/* --- XEP-0095 and 0096 --- */

/* XEP-0004, as far as XEP-0020 needs it. */
typedef struct {
  char *value;
} PealFormValue;

typedef struct {
  char *var;
  char *type;         /* "list-single"; Pidgin leaves it out of answers */
  GPtrArray *values;  /* of PealFormValue *: the choice */
  GPtrArray *options; /* of PealFormValue *: what there is to choose from */
} PealFormField;

typedef struct {
  char *type;        /* "form", "submit" */
  GPtrArray *fields; /* of PealFormField * */
} PealForm;

typedef struct {
  PealForm *form;
} PealFeatureNegotiation;

typedef struct {
  gint64 offset; /* -1: absent */
  gint64 length; /* -1: absent */
} PealSiRange;

typedef struct {
  char *name;  /* NULL in an answer */
  gint64 size; /* -1: absent; Pidgin takes an offer without */
  char *hash;  /* MD5 in hex */
  char *date;
  char *description;
  PealSiRange *range;
} PealSiFile;

/* One struct for offer and answer. */
typedef struct {
  char *id;
  char *profile;
  char *mime_type;
  PealSiFile *file;
  PealFeatureNegotiation *feature;
} PealSi;
extern const PealElement peal_si_element;
void peal_si_free (PealSi *si);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealSi, peal_si_free)
