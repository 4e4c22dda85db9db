/* Contents that we do not have, and that the peer may still speak of: refused, overruled, or gone
 * against its will.
 *
 * Whoever has not heard that a content is gone says things about it that must not be taken to mean
 * another of that name. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/session_inner.h"
#include "signaling/limits.h"

#include <string.h>

void
peal_session_remember (PealSession *session, const PealContent *content, guint until)
{
  PealBygone bygone = { g_strdup (content->name), content->creator, until == PEAL_NEVER ? 0 : until,
                        until == PEAL_NEVER };

  /* The oldest give way. */
  if (session->bygone->len >= PEAL_MOST_CONTENTS)
    g_array_remove_index (session->bygone, 0);
  g_array_append_val (session->bygone, bygone);
}

gboolean
peal_session_remembers (const PealSession *session, const char *name)
{
  for (guint i = 0; i < session->bygone->len; i++)
    if (strcmp (g_array_index (session->bygone, PealBygone, i).name, name) == 0)
      return TRUE;
  return FALSE;
}

gboolean
peal_session_means_bygone (const PealSession *session, const PealContent *content)
{
  for (guint i = 0; i < session->bygone->len; i++) {
    const PealBygone *bygone = &g_array_index (session->bygone, PealBygone, i);
    if (bygone->until && content->creator && bygone->creator == content->creator &&
        strcmp (bygone->name, content->name) == 0)
      return TRUE;
  }
  return FALSE;
}

void
peal_session_knows_now (PealSession *session, guint token)
{
  for (guint i = 0; i < session->bygone->len; i++) {
    PealBygone *bygone = &g_array_index (session->bygone, PealBygone, i);
    bygone->until = bygone->until == token ? 0 : bygone->until;
  }
}

gboolean
peal_session_kept_by_peer (const PealSession *session, const char *name)
{
  for (guint i = 0; i < session->bygone->len; i++) {
    const PealBygone *bygone = &g_array_index (session->bygone, PealBygone, i);
    if (bygone->kept && strcmp (bygone->name, name) == 0)
      return TRUE;
  }
  return FALSE;
}

void
peal_session_forgo (PealSession *session, const PealJingle *message)
{
  guint last = 0;

  for (guint i = 0; i < session->negotiations->len; i++)
    last =
        MAX (last,
             ((const PealNegotiation *) session->negotiations->pdata[i])->tokens[PEAL_CONTENT_ADD]);
  for (guint i = 0; message->contents && i < message->contents->len; i++) {
    const PealContent *content = message->contents->pdata[i];
    if (content->name)
      peal_session_remember (session, content, last);
  }
}
