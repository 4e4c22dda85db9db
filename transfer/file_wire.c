/* The tables of XEP-0234, 0300, 0095, 0096 and what these need of 0020 and 0004. */
// SPDX-License-Identifier: MIT
#include "transfer/file_wire.h"

const PealElement peal_hash_element = {
  "hash",
  PEAL_NS_HASHES,
  sizeof (PealHash),
  (const PealField[]) {
      PEAL_STR (PealHash, algorithm, "algo", .max = 64, .flags = PEAL_REQUIRED),
      PEAL_TEXT (PealHash, value, .flags = PEAL_TRIM),
      PEAL_END,
  },
};

static const PealElement range = {
  "range",
  PEAL_NS_FILE_TRANSFER,
  sizeof (PealFileRange),
  (const PealField[]) {
      PEAL_INT64 (PealFileRange, offset, "offset", G_MAXINT64),
      PEAL_INT64 (PealFileRange, length, "length", G_MAXINT64, .absent = -1),
      PEAL_LIST (PealFileRange, hashes, &peal_hash_element, .max = 16),
      PEAL_END,
  },
};

static const PealElement file = {
  "file",
  PEAL_NS_FILE_TRANSFER,
  sizeof (PealFile),
  (const PealField[]) {
      PEAL_STRING (PealFile, date, "date", .max = 64, .flags = PEAL_TRIM),
      PEAL_STRING (PealFile, description, "desc", .max = 16384),
      PEAL_STRING (PealFile, media_type, "media-type", .max = 256, .flags = PEAL_TRIM),
      PEAL_STRING (PealFile, name, "name"),
      PEAL_NUMBER (PealFile, size, "size", G_MAXINT64, .absent = -1),
      PEAL_CHILD (PealFile, range, &range),
      PEAL_LIST (PealFile, hashes, &peal_hash_element, .max = 16),
      PEAL_STRING (PealFile, hash_used, "hash-used", .ns = PEAL_NS_HASHES, .attribute = "algo"),
      PEAL_END,
  },
};

const PealElement peal_file_description_element = {
  "description",
  PEAL_NS_FILE_TRANSFER,
  sizeof (PealFileDescription),
  (const PealField[]) {
      PEAL_CHILD (PealFileDescription, file, &file),
      PEAL_END,
  },
};

void
peal_file_description_free (PealFileDescription *description)
{
  peal_element_free (&peal_file_description_element, description);
}

const PealElement peal_file_received_element = {
  "received",
  PEAL_NS_FILE_TRANSFER,
  sizeof (PealFileReceived),
  (const PealField[]) {
      PEAL_WORD (PealFileReceived, creator, "creator", peal_creator_words),
      PEAL_STR (PealFileReceived, name, "name"),
      PEAL_END,
  },
};

const PealElement peal_file_checksum_element = {
  "checksum",
  PEAL_NS_FILE_TRANSFER,
  sizeof (PealFileChecksum),
  (const PealField[]) {
      PEAL_WORD (PealFileChecksum, creator, "creator", peal_creator_words),
      PEAL_STR (PealFileChecksum, name, "name"),
      PEAL_CHILD (PealFileChecksum, file, &file, .flags = PEAL_REQUIRED),
      PEAL_END,
  },
};

/* --- stream initiation --- */

static const PealElement form_value = {
  "value",
  PEAL_NS_DATA_FORM,
  sizeof (PealFormValue),
  (const PealField[]) {
      PEAL_TEXT (PealFormValue, value, .flags = PEAL_TRIM),
      PEAL_END,
  },
};

static const PealElement form_option = {
  "option",
  PEAL_NS_DATA_FORM,
  sizeof (PealFormValue),
  (const PealField[]) {
      PEAL_STRING (PealFormValue, value, "value", .flags = PEAL_REQUIRED | PEAL_TRIM),
      PEAL_END,
  },
};

static const PealElement form_field = {
  "field",
  PEAL_NS_DATA_FORM,
  sizeof (PealFormField),
  (const PealField[]) {
      PEAL_STR (PealFormField, var, "var"),
      PEAL_STR (PealFormField, type, "type"),
      PEAL_LIST (PealFormField, values, &form_value, .max = 16),
      PEAL_LIST (PealFormField, options, &form_option, .max = 16),
      PEAL_END,
  },
};

static const PealElement form = {
  "x",
  PEAL_NS_DATA_FORM,
  sizeof (PealForm),
  (const PealField[]) {
      PEAL_STR (PealForm, type, "type"),
      PEAL_LIST (PealForm, fields, &form_field, .max = 16),
      PEAL_END,
  },
};

static const PealElement feature = {
  "feature",
  PEAL_NS_FEATURE_NEG,
  sizeof (PealFeatureNegotiation),
  (const PealField[]) {
      PEAL_CHILD (PealFeatureNegotiation, form, &form),
      PEAL_END,
  },
};

static const PealElement si_range = {
  "range",
  PEAL_NS_SI_FILE,
  sizeof (PealSiRange),
  (const PealField[]) {
      PEAL_INT64 (PealSiRange, offset, "offset", G_MAXINT64, .absent = -1),
      PEAL_INT64 (PealSiRange, length, "length", G_MAXINT64, .absent = -1),
      PEAL_END,
  },
};

static const PealElement si_file = {
  "file",
  PEAL_NS_SI_FILE,
  sizeof (PealSiFile),
  (const PealField[]) {
      PEAL_STR (PealSiFile, name, "name"),
      PEAL_INT64 (PealSiFile, size, "size", G_MAXINT64, .absent = -1),
      PEAL_STR (PealSiFile, hash, "hash", .max = 64),
      PEAL_STR (PealSiFile, date, "date", .max = 64),
      PEAL_STRING (PealSiFile, description, "desc", .max = 16384),
      PEAL_CHILD (PealSiFile, range, &si_range),
      PEAL_END,
  },
};

const PealElement peal_si_element = {
  "si",
  PEAL_NS_SI,
  sizeof (PealSi),
  (const PealField[]) {
      PEAL_STR (PealSi, id, "id"),
      PEAL_STR (PealSi, profile, "profile"),
      PEAL_STR (PealSi, mime_type, "mime-type", .max = 256),
      PEAL_CHILD (PealSi, file, &si_file),
      PEAL_CHILD (PealSi, feature, &feature),
      PEAL_END,
  },
};

void
peal_si_free (PealSi *si)
{
  peal_element_free (&peal_si_element, si);
}
