// XEP-0353 (Jingle Message Initiation) for stanza.js, which knows only its namespace.
// SPDX-License-Identifier: MIT
import { JXT } from 'stanza';

const NS = 'urn:xmpp:jingle-message:0';
const NS_RTP = 'urn:xmpp:jingle:apps:rtp:1';
const VERBS = ['propose', 'ringing', 'proceed', 'accept', 'reject', 'retract', 'finish'];
const bare = jid => jid.split('/')[0];

// How the elements map to fields of a message: {invite: {verb, id, media, reason}}.
function protocol() {
  const verbs = VERBS.map(verb => ({
    element: verb, namespace: NS, path: 'message.invite', type: verb, typeField: 'verb',
    fields: { id: JXT.attribute('id') }
  }));
  const description = {
    element: 'description', namespace: NS_RTP, type: NS_RTP,
    aliases: [{ path: 'message.invite.media', multiple: true, selector: 'propose', impliedType: true }],
    fields: { media: JXT.attribute('media') }
  };
  const reasons = ['reject', 'retract', 'finish'].map(selector => ({ path: 'message.invite.reason', selector }));
  return [...verbs, description, JXT.addAlias('urn:xmpp:jingle:1', 'reason', reasons)];
}

// Says and hears invitations; `seen` is told of each message that came.
export class Invites {
  constructor(client, seen) {
    this.client = client;
    this.seen = seen;
    this.heard = [];
    this.waiting = [];
    client.stanzas.define(protocol());
    client.disco.addFeature(NS);
    client.on('message', message => this.take(message));
    client.on('carbon:received', carbon => this.take(carbon.carbon.forward.message));
    client.on('carbon:sent', carbon => this.take(carbon.carbon.forward.message));
  }

  say(to, verb, id, more = {}) {
    const invite = { verb, id, ...more };
    this.client.sendMessage({ to, type: 'chat', id: `${verb}-${id}`, invite, processingHints: { store: true } });
  }

  take(message) {
    if (!message?.invite || message.from === this.client.jid) return;
    const { verb, id, media, reason } = message.invite;
    const own = bare(message.from) === bare(this.client.jid);
    const entry = { verb, id, from: message.from, own, media: media?.map(m => m.media), reason: reason?.condition };
    this.heard.push(entry);
    this.seen(entry);
    this.waiting = this.waiting.filter(wanted => !wanted(entry));
  }

  // The first message about `id` with one of `verbs` that is not from ourselves.
  hear(id, verbs) {
    const fits = entry => entry.id === id && !entry.own && verbs.includes(entry.verb);
    const already = this.heard.find(fits);
    if (already) return Promise.resolve(already);
    return new Promise(resolve => this.waiting.push(entry => fits(entry) && (resolve(entry), true)));
  }

  // Proposes a call; the full JID that took it, or null with the refusal told by `seen`.
  async propose(to, id, media) {
    this.say(to, 'propose', id, { media: media.map(kind => ({ media: kind })) });
    const answer = await this.hear(id, ['proceed', 'reject']);
    return answer.verb === 'proceed' ? answer.from : null;
  }
}
