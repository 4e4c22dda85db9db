// One call by stanza.js, on whatever engine: placed or answered, measured, ended.
// SPDX-License-Identifier: MIT
import * as XMPP from 'stanza';
import { Invites } from './invite.mjs';
import { report } from './report.mjs';
import { shape } from './session.mjs';

const sleep = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));
const bare = jid => jid.split('/')[0];

class Talk {
  constructor(engine, options, told) {
    const begun = Date.now();
    this.engine = engine;
    this.options = options;
    this.tell = (ev, more = {}) => told({ ev, t: (Date.now() - begun) / 1000, ...more });
    this.gone = new Promise(resolve => { this.leave = resolve; });
    this.resources = new Set();
    // The one call, as far as it got.
    Object.assign(this, { session: null, connected: false, ears: [], last: null, concluded: false });
    this.left = this.run();
  }

  trouble(error) {
    this.tell('error', { text: String(error?.stack ?? error) });
  }

  fail(error) {
    this.trouble(error);
    this.leave(1);
  }

  // --- the session ---

  watch(session, pc) {
    pc.addEventListener('connectionstatechange', () => {
      this.tell('state', { sid: session.sid, state: pc.connectionState });
      if (pc.connectionState !== 'connected' || this.connected) return;
      this.connected = true;
      if (this.options.duration) sleep(this.options.duration).then(() => this.hangUp('success'));
    });
    pc.addEventListener('track', ({ track }) => track.kind === 'audio' && this.ears.push(this.engine.ear(track)));
    return pc;
  }

  async look() {
    if (!this.session || this.session.state === 'ended' || !this.ears.length) return;
    const seen = await report(this.session.pc);
    if (this.session.state === 'ended') return;
    this.last = { ...seen, ...this.ears[0].measure() };
    this.tell('stats', { sid: this.session.sid, ...this.last });
  }

  async hangUp(reason) {
    await this.look().catch(() => {});
    this.session.end(reason);
  }

  async adopt(session) {
    this.session = session;
    const tracks = [this.mouth.track];
    if (this.options.video) tracks.push(this.engine.picture());
    const stream = this.engine.stream(tracks);
    for (const track of tracks) await session.addTrack(track, stream);
  }

  async takeSession(session) {
    const { answer } = this.options;
    this.tell('incoming', { sid: session.sid, peer: session.peerID });
    if (answer === 'ignore') return;
    if (answer !== 'accept') {
      this.session = session;
      session.end(answer === 'busy' ? 'busy' : 'decline');
      return;
    }
    const invited = this.invites.heard.some(({ id, verb }) => id === session.sid && verb === 'propose');
    if (!invited) await session.ring();
    await this.adopt(session);
    if (session.state !== 'ended') await session.accept();
  }

  conclude(session, reason) {
    if (session !== this.session || this.concluded) return;
    this.concluded = true;
    const { received, level, purity, dtls } = this.last ?? {};
    const ok = this.connected && dtls === 'connected' && received > 0 && level > 0.01 && purity > 0.9;
    this.tell('ended', { sid: session.sid, reason: reason?.condition });
    if (this.invites.heard.some(({ id }) => id === session.sid)) {
      this.invites.say(session.peerID, 'finish', session.sid, { reason: { condition: reason?.condition ?? 'success' } });
    }
    this.tell('result', { sid: session.sid, ok, reason: reason?.condition, ...this.last });
    sleep(0.3).then(() => this.leave(ok ? 0 : 1)); // the last stanzas have to go out
  }

  // --- invitations ---

  async takeInvitation({ verb, id, from, own }) {
    const { answer } = this.options;
    const self = bare(this.client.jid);
    if (verb !== 'propose' || own || answer === 'ignore') return;
    const reason = { condition: answer === 'busy' ? 'busy' : 'decline' };
    if (answer !== 'accept') {
      this.invites.say(from, 'reject', id, { reason });
      this.invites.say(self, 'reject', id, { reason });
      this.tell('refused', { id });
      this.leave(1);
      return;
    }
    this.invites.say(from, 'ringing', id);
    this.invites.say(self, 'accept', id);
    this.invites.say(from, 'proceed', id);
  }

  async callee() {
    const { to } = this.options;
    if (to.includes('/')) return to;
    for (;;) {
      const found = [...this.resources].find(jid => bare(jid) === to);
      if (found) return found;
      await new Promise(resolve => this.client.once('available', resolve));
    }
  }

  async placeCall() {
    const { to, invite, video } = this.options;
    const sid = this.engine.uuid();
    const peer = invite ? await this.invites.propose(to, sid, video ? ['audio', 'video'] : ['audio']) : await this.callee();
    if (!peer) {
      this.tell('refused', { id: sid });
      return this.leave(1);
    }
    const session = this.client.jingle.createMediaSession(peer, sid);
    this.tell('calling', { sid, peer });
    await this.adopt(session);
    return session.start({ offerToReceiveAudio: true, offerToReceiveVideo: video });
  }

  // --- the account ---

  makeClient() {
    const { jid, password, resource, ws, relay } = this.options;
    const client = XMPP.createClient({
      jid, password, resource, server: jid.split('@')[1].split('/')[0],
      transports: { websocket: ws, bosh: false }, autoReconnect: false,
      jingle: {
        hasRTCPeerConnection: true, advertiseAudio: true, rtcpMuxPolicy: 'require',
        iceTransportPolicy: relay ? 'relay' : 'all', trickleIce: !this.options['no-trickle'], iceServers: [],
        createPeerConnection: (session, config) => this.watch(session, this.engine.connection(config))
      }
    });
    client.on('available', ({ from }) => this.resources.add(from));
    client.on('unavailable', ({ from }) => this.resources.delete(from));
    client.on('auth:failed', () => { this.tell('error', { text: 'login refused' }); this.leave(2); });
    client.on('disconnected', () => this.leave(1));
    this.follow(client);
    return client;
  }

  follow(client) {
    for (const word of ['ringing', 'accepted', 'hold', 'resumed', 'mute', 'unmute']) {
      client.on(`jingle:${word}`, (session, info) => this.tell(word, { sid: session.sid, content: info?.name }));
    }
    client.on('jingle:terminated', (session, reason) => this.conclude(session, reason));
    client.on('jingle:incoming', session => this.takeSession(session).catch(error => this.fail(error)));
    client.jingle.on('createdSession', session => session.pc && shape(session, {
      trickle: !this.options['no-trickle'], codecs: this.options.codecs.split(',').filter(Boolean)
    }));
    client.jingle.on('log', (level, message, ...more) => {
      if (level === 'error') this.tell('error', { text: [message, ...more.map(String)].join(' ') });
    });
  }

  async useServices() {
    const { services } = await this.client.getServices(this.client.config.server, undefined, '2');
    for (const service of services) {
      const stun = service.type.startsWith('stun');
      this.client.jingle.addICEServer(stun ? { ...service, transport: undefined } : service);
    }
  }

  async logIn() {
    const { client } = this;
    const started = new Promise(resolve => client.once('session:started', resolve));
    client.connect();
    await started;
    await client.enableCarbons();
    await this.useServices();
    if (this.options['no-jingle']) client.disco.features.set('', new Set(['http://jabber.org/protocol/disco#info']));
    client.updateCaps();
    client.sendPresence({ legacyCapabilities: client.disco.getCaps() });
    this.tell('ready', { jid: client.jid });
    if (this.options.to) await this.placeCall();
  }

  // --- commands ---

  // stanza.js only says that it holds: its sound goes on, and what comes it plays.
  command(line) {
    const { session } = this;
    const [word, argument] = line.trim().split(' ');
    const content = session?.pc?.getTransceivers()[0]?.mid;
    const commands = {
      hangup: () => this.hangUp('success'),
      hold: () => session.hold(),
      resume: () => session.resume(),
      dtmf: () => session.pc.getSenders().find(({ dtmf }) => dtmf).dtmf.insertDTMF(argument),
      mute: () => { this.mouth.track.enabled = false; session.mute('initiator', content); },
      unmute: () => { this.mouth.track.enabled = true; session.unmute('initiator', content); }
    };
    if (session && commands[word]) commands[word]();
    else this.tell('error', { text: `cannot ${word}` });
  }

  async run() {
    const timers = [setInterval(() => this.look().catch(() => {}), 1000)];
    timers.push(setTimeout(() => { this.tell('error', { text: 'out of time' }); this.leave(3); }, this.options.timeout * 1000));
    try {
      await this.engine.ready();
      this.mouth = this.engine.mouth(this.options.tone);
      this.client = this.makeClient();
      this.invites = new Invites(this.client, entry => { this.tell('invite', entry); this.takeInvitation(entry); });
      this.logIn().catch(error => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
    const status = await this.gone;
    timers.forEach(clearInterval);
    this.mouth?.stop();
    this.ears.forEach(one => one.stop());
    this.client?.jingle.endAllSessions('gone');
    await sleep(0.1);
    this.client?.disconnect();
    await sleep(0.1);
    return status;
  }
}

// Its `left` is the status it ends with; `command` takes lines, `leave` ends it.
export const talk = (engine, options, told) => new Talk(engine, options, told);
