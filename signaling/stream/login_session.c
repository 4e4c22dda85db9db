/* The part of the login machine that comes to a session: resumed, or bound and managed (XEP-0198).
 */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "signaling/stream/login_machine.h"
#include "signaling/wire/condition.h"
#include "signaling/wire/jid.h"

/* There is a session. Where something was said ahead, the server did not mind. */
static void
arrive (PealLogin *login)
{
  if (login->said_resume || login->said_bind)
    peal_secret_memory (login->setup.secret)->in_vain = 0;
  peal_login_enter (login, PEAL_LOGIN_AT_END);
}

/* --- what each answer means, however it came --- */

static PealLoginTurn
take_resumed (PealLogin *login, const PealCount *count, GError **error)
{
  g_autoptr(GError) why = NULL;
  if (!peal_sm_resume (login->setup.sm, count->h, &why)) {
    peal_failure_set (error, PEAL_FAILURE_RESUME, "%s: %s; logging in anew", login->domain,
                      why->message);
    peal_sm_refuse (login->setup.sm, NULL); /* the next try binds anew */
    return PEAL_LOGIN_FAILED;
  }
  arrive (login);
  return PEAL_LOGIN_RESUMED;
}

/* The session of before is gone; @count (NULL: none) may still say what arrived (XEP-0198 §5). */
static void
take_refusal (PealLogin *login, const PealCount *count)
{
  guint32 h = count && count->h >= 0 ? count->h : 0;
  g_clear_pointer (&peal_secret_memory (login->setup.secret)->location, g_free);
  peal_sm_refuse (login->setup.sm, count && count->h >= 0 ? &h : NULL);
}

static void
take_enabled (PealLogin *login, const PealEnable *enabled)
{
  PealMemory *memory = peal_secret_memory (login->setup.secret);
  peal_sm_enable (login->setup.sm, enabled->resume ? enabled->id : NULL);
  g_free (memory->location);
  gboolean believed = enabled->resume && login->setup.secured;
  memory->location = believed ? g_strdup (enabled->location) : NULL;
}

/* TRUE when @text is an address we can be reached under. */
static gboolean
take_jid (PealLogin *login, const char *text)
{
  g_autofree char *jid = text ? peal_jid_prepare (text, NULL) : NULL;
  if (!jid || !peal_jid_is_full (jid))
    return FALSE;
  login->jid = g_steal_pointer (&jid);
  peal_sm_begin (login->setup.sm);
  return TRUE;
}

/* --- inside SASL2 --- */

static gboolean
has_feature (const PealBind2Offer *bind, const char *name)
{
  GPtrArray *list = bind->inside ? bind->inside->features : NULL;
  for (guint i = 0; list && i < list->len; i++)
    if (strcmp (((PealInlineFeature *) list->pdata[i])->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* Bind 2 makes up the resource, so it is of no use to who wants a certain one; nor to who has a
 * session that can be resumed only afterwards. */
void
peal_login_ask_inside (PealLogin *login, PealAuthenticate *authenticate)
{
  const PealInline *offer = login->features->authentication->inside;
  const PealMemory *memory = peal_secret_memory (login->setup.secret);
  gboolean any = login->setup.any_resource || !login->resource ||
                 g_strcmp0 (login->resource, memory->resource) == 0;
  login->asks_resume = offer && offer->management && login->setup.sm->id;
  login->asks_bind = offer && offer->bind && any && (login->asks_resume || !login->setup.sm->id);
  login->asks_management = login->asks_bind && has_feature (offer->bind, PEAL_NS_SM);
  if (login->asks_resume)
    *authenticate->resume =
        (PealCount) { .h = login->setup.sm->heard, .previous = login->setup.sm->id };
  else
    authenticate->resume = NULL;
  if (!login->asks_management)
    authenticate->bind->enable = NULL;
  if (!login->asks_bind)
    authenticate->bind = NULL;
}

static PealLoginTurn
settle_bound (PealLogin *login, const PealSuccess2 *success, GError **error)
{
  const char *jid = success->identifier ? success->identifier : success->identity;
  PealMemory *memory = peal_secret_memory (login->setup.secret);
  if (!take_jid (login, jid)) {
    peal_failure_set (error, PEAL_FAILURE_BIND_REFUSED,
                      "%s says that it made a session, and not under which address (%s); it may be "
                      "broken: see --trace",
                      login->domain, jid ? jid : "none");
    return PEAL_LOGIN_FAILED;
  }
  g_free (memory->resource);
  memory->resource = g_strdup (peal_jid_resource (login->jid));
  if (success->bound->enabled && login->asks_management)
    take_enabled (login, success->bound->enabled);
  peal_login_enter (login,
                    login->asks_management ? PEAL_LOGIN_AT_END : PEAL_LOGIN_AT_SECOND_FEATURES);
  return login->asks_management ? PEAL_LOGIN_BOUND : PEAL_LOGIN_WAIT;
}

/* A resumption goes before a bind (XEP-0386 §3.2); what is left is done in the old way. */
PealLoginTurn
peal_login_settle (PealLogin *login, const PealSuccess2 *success, GError **error)
{
  if (success->resumed && login->asks_resume)
    return take_resumed (login, success->resumed, error);
  if (login->asks_resume)
    take_refusal (login, success->failed);
  if (success->bound && login->asks_bind)
    return settle_bound (login, success, error);
  peal_login_enter (login, PEAL_LOGIN_AT_SECOND_FEATURES);
  return PEAL_LOGIN_WAIT;
}

/* --- by the old way --- */

static void
say_resume (PealLogin *login, GString *out)
{
  PealCount resume = { .h = login->setup.sm->heard, .previous = login->setup.sm->id };
  peal_login_say (login, out, &peal_wire_resume, &resume);
}

static void
say_bind (PealLogin *login, GString *out)
{
  PealBind ask = { .resource = login->resource };
  PealBindIq iq = { .type = (char *) "set", .id = (char *) "bind", .bind = &ask };
  peal_login_say (login, out, &peal_wire_bind_iq, &iq);
}

static void
say_enable (PealLogin *login, GString *out)
{
  peal_login_say (login, out, &peal_wire_enable, &(PealEnable) { .resume = TRUE });
}

static PealLoginTurn
bind (PealLogin *login, GString *out)
{
  say_bind (login, out);
  peal_login_enter (login, PEAL_LOGIN_AT_BOUND);
  return PEAL_LOGIN_WAIT;
}

static PealLoginTurn
manage (PealLogin *login, GString *out)
{
  if (!login->has_management && !login->said_enable) {
    arrive (login);
    return PEAL_LOGIN_BOUND;
  }
  if (!login->said_enable)
    say_enable (login, out);
  peal_login_enter (login, PEAL_LOGIN_AT_ENABLED);
  return PEAL_LOGIN_WAIT;
}

/* A server may not like it, so not a third time in vain. */
gboolean
peal_login_ahead (PealLogin *login, GString *out)
{
  PealMemory *memory = peal_secret_memory (login->setup.secret);
  if (login->said_bind && !login->said_enable && memory->manages) {
    say_enable (login, out);
    login->said_enable = TRUE;
    return TRUE;
  }
  if (login->said_resume || login->said_bind || memory->in_vain > 1 || !memory->binds)
    return FALSE;
  memory->in_vain++; /* until there is a session */
  login->said_resume = memory->manages && login->setup.sm->id;
  login->said_bind = !login->said_resume;
  if (login->said_resume)
    say_resume (login, out);
  else
    say_bind (login, out);
  return TRUE;
}

PealLoginTurn
peal_login_resume_or_bind (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  PealFeatures *features = peal_element_parse (&peal_wire_features, element, NULL, NULL);
  if (!features)
    return peal_login_fail (login, element, error);
  PealMemory *memory = peal_secret_memory (login->setup.secret);
  login->has_management = memory->manages = features->management;
  gboolean can_bind = memory->binds = features->bind;
  peal_element_free (&peal_wire_features, features);
  if (login->jid) /* by Bind 2, which could not switch on management */
    return manage (login, out);
  if ((login->said_resume && login->has_management) || (login->said_bind && can_bind)) {
    peal_login_enter (login, login->said_resume ? PEAL_LOGIN_AT_RESUMED : PEAL_LOGIN_AT_BOUND);
    return PEAL_LOGIN_WAIT;
  }
  if (login->has_management && login->setup.sm->id) {
    say_resume (login, out);
    peal_login_enter (login, PEAL_LOGIN_AT_RESUMED);
    return PEAL_LOGIN_WAIT;
  }
  if (can_bind)
    return bind (login, out);
  peal_failure_set (error, PEAL_FAILURE_NO_BIND,
                    "%s lets nobody bind a resource (RFC 6120 §7), so there is no session; ask its "
                    "administrator",
                    login->domain);
  return PEAL_LOGIN_FAILED;
}

PealLoginTurn
peal_login_resumed (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  if (peal_element_matches (&peal_wire_failed, element)) {
    PealCount *count = peal_element_parse (&peal_wire_failed, element, NULL, NULL);
    take_refusal (login, count);
    peal_element_free (&peal_wire_failed, count);
    return bind (login, out);
  }
  PealCount *count = peal_element_parse (&peal_wire_resumed, element, NULL, NULL);
  if (!count)
    return peal_login_fail (login, element, error);
  PealLoginTurn turn = take_resumed (login, count, error);
  peal_element_free (&peal_wire_resumed, count);
  return turn;
}

static PealLoginTurn
bind_refused (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  g_autoptr(GError) why = NULL;
  peal_condition_read (element, &why);
  if (login->resource) { /* in use, or not to the server's liking: let it choose */
    g_clear_pointer (&login->resource, g_free);
    return bind (login, out);
  }
  peal_failure_set (error, PEAL_FAILURE_BIND_REFUSED,
                    "%s gives no resource to %s (%s); it may allow fewer logins at a time",
                    login->domain, login->bare, why->message);
  return PEAL_LOGIN_FAILED;
}

PealLoginTurn
peal_login_bound (PealLogin *login, xmpp_stanza_t *element, GString *out, GError **error)
{
  gboolean said = login->said_enable || login->said_resume;
  if (said && peal_element_matches (&peal_wire_failed, element)) {
    login->said_enable = FALSE; /* it came too early: the bind before it was refused */
    return PEAL_LOGIN_WAIT;
  }
  PealBindIq *iq = peal_element_parse (&peal_wire_bind_iq, element, NULL, NULL);
  gboolean ours = iq && g_strcmp0 (iq->id, "bind") == 0;
  gboolean is_error = ours && strcmp (iq->type, "error") == 0;
  gboolean good = ours && !is_error && iq->bind && take_jid (login, iq->bind->jid);
  peal_element_free (&peal_wire_bind_iq, iq);
  if (is_error)
    return bind_refused (login, element, out, error);
  if (!good)
    return peal_login_fail (login, element, error);
  return manage (login, out);
}

PealLoginTurn
peal_login_enabled (PealLogin *login, xmpp_stanza_t *element, GError **error)
{
  if (!peal_element_matches (&peal_wire_failed, element)) { /* refused: go on without it */
    PealEnable *enabled = peal_element_parse (&peal_wire_enabled, element, NULL, NULL);
    if (!enabled)
      return peal_login_fail (login, element, error);
    take_enabled (login, enabled);
    peal_element_free (&peal_wire_enabled, enabled);
  }
  arrive (login);
  return PEAL_LOGIN_BOUND;
}
