// Who talks: an account of stanza.js that places and answers calls on whatever engine.
// SPDX-License-Identifier: MIT
import * as XMPP from 'stanza';
import { Call } from './call.mjs';
import { Invites } from './invite.mjs';
import { checkParts, shape } from './session.mjs';

const sleep = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));
const bare = jid => jid.split('/')[0];
const words = text => text.split(',').filter(Boolean);

class Talk {
  constructor(engine, options, told) {
    const begun = Date.now();
    this.engine = engine;
    this.options = options;
    this.tell = (ev, more = {}) => told({ ev, t: (Date.now() - begun) / 1000, ...more });
    this.gone = new Promise(resolve => { this.leave = resolve; });
    this.resources = new Set();
    this.calls = new Map(); // by session
    this.cameras = [];
    this.left = this.run();
  }

  trouble(error) {
    this.tell('error', { text: String(error?.stack ?? error) });
  }

  fail(error) {
    this.trouble(error);
    this.over(1);
  }

  // A call, or an attempt at one, is at its end.
  over(status) {
    if (!this.options.stay) this.leave(status);
  }

  // --- what is sent ---

  get media() {
    return [...new Set([...words(this.options.media), ...(this.options.video ? ['video'] : [])])];
  }

  // The camera is switched on with the first call that needs it, and whenever another is wanted.
  camera() {
    const { size, fps } = this.options;
    const wanted = `${size}@${fps}`;
    let found = this.cameras.find(one => one.wanted === wanted);
    if (!found) {
      const [width, height] = size.split('x').map(Number);
      found = { wanted, ...this.engine.camera({ width, height, fps }) };
      this.cameras.push(found);
    }
    return found;
  }

  async sources(kinds) {
    if (this.options.source === 'fake') this.fake ??= await this.engine.devices();
    const fake = this.options.source === 'fake' && this.fake;
    const make = { audio: () => fake.mouth ?? this.mouth, video: () => fake.camera ?? this.camera() };
    return Object.fromEntries(kinds.map(kind => [kind, make[kind]()]));
  }

  // --- sessions ---

  get call() {
    return [...this.calls.values()].filter(call => call.adopted).at(-1);
  }

  connect(session, config) {
    const call = new Call(session, this);
    this.calls.set(session, call);
    return call.watch(this.engine.connection({ ...config, iceTransportPolicy: this.options.relay ? 'relay' : 'all' }));
  }

  async takeSession(session) {
    const { answer } = this.options;
    this.tell('incoming', { sid: session.sid, peer: session.peerID });
    if (answer === 'ignore') return;
    const call = this.calls.get(session);
    if (answer !== 'accept') {
      call.adopted = true;
      session.end(answer === 'busy' ? 'busy' : 'decline');
      return;
    }
    const invited = this.invites.heard.some(({ id, verb }) => id === session.sid && verb === 'propose');
    if (!invited) await session.ring();
    const offered = { audio: session.includesAudio, video: session.includesVideo };
    await call.adopt(await this.sources(this.media.filter(kind => offered[kind])));
    if (session.state !== 'ended') await session.accept();
  }

  conclude(session, reason) {
    const call = this.calls.get(session);
    if (!call?.adopted || call.concluded) return;
    call.concluded = true;
    call.stop();
    const ok = call.good();
    this.tell('ended', { sid: session.sid, reason: reason?.condition });
    if (this.invites.heard.some(({ id }) => id === session.sid)) {
      this.invites.say(session.peerID, 'finish', session.sid, { reason: { condition: reason?.condition ?? 'success' } });
    }
    this.tell('result', { sid: session.sid, ok, reason: reason?.condition, ...call.last });
    sleep(0.3).then(() => this.over(ok ? 0 : 1)); // the last stanzas have to go out
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
      this.over(1);
      return;
    }
    this.invites.say(from, 'ringing', id);
    this.invites.say(self, 'accept', id);
    this.invites.say(from, 'proceed', id);
  }

  async callee(to) {
    if (to.includes('/')) return to;
    for (;;) {
      const found = [...this.resources].find(jid => bare(jid) === to);
      if (found) return found;
      await new Promise(resolve => this.client.once('available', resolve));
    }
  }

  async seen(jid) {
    while (!this.resources.has(jid)) await new Promise(resolve => this.client.once('available', resolve));
  }

  // The full JID that took our invitation; null: none did.
  invite(to, sid) {
    const asked = this.invites.propose(to, sid, this.media);
    const { 'ring-timeout': patience } = this.options;
    if (!patience) return asked;
    const tired = sleep(patience).then(() => { this.invites.say(to, 'retract', sid); return null; });
    return Promise.race([asked, tired]);
  }

  // All of an account are invited, once that one of them is there that is named.
  async placeCall(to) {
    const sid = this.engine.uuid();
    if (this.options.invite && to.includes('/')) await this.seen(to);
    const peer = this.options.invite ? await this.invite(bare(to), sid) : await this.callee(to);
    if (!peer) {
      this.tell('refused', { id: sid });
      return this.over(1);
    }
    const session = this.client.jingle.createMediaSession(peer, sid);
    this.tell('calling', { sid, peer });
    await this.calls.get(session).adopt(await this.sources(this.media));
    return session.start({ offerToReceiveAudio: this.media.includes('audio'), offerToReceiveVideo: this.media.includes('video') });
  }

  // --- the account ---

  makeClient() {
    const { jid, password, resource, ws } = this.options;
    const client = XMPP.createClient({
      jid, password, resource, server: jid.split('@')[1].split('/')[0],
      transports: { websocket: ws, bosh: false }, autoReconnect: false,
      jingle: {
        hasRTCPeerConnection: true, advertiseAudio: true, advertiseVideo: this.media.includes('video'), rtcpMuxPolicy: 'require',
        trickleIce: !this.options['no-trickle'], iceServers: [],
        createPeerConnection: (session, config) => this.connect(session, config)
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
    client.jingle.on('createdSession', session => {
      const { codecs, strip, 'no-trickle': whole } = this.options;
      if (session.pc) shape(session, { trickle: !whole, codecs: words(codecs), strip: words(strip) });
    });
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
    if (this.options.to) await this.placeCall(this.options.to);
  }

  // --- commands ---

  // stanza.js only says that it holds: its sound goes on, and what comes it plays.
  command(line) {
    const { call } = this;
    const [word, ...rest] = line.trim().split(' ');
    const session = call?.running && call.session;
    const always = {
      call: () => this.placeCall(rest[0]).catch(error => this.fail(error)),
      set: () => { Object.assign(this.options, JSON.parse(rest.join(' '))); this.tell('set', { line }); },
      quit: () => this.leave(0)
    };
    const inCall = {
      hangup: () => call.hangUp(rest[0]),
      hold: () => session.hold(),
      resume: () => session.resume(),
      dtmf: () => session.pc.getSenders().find(({ dtmf }) => dtmf).dtmf.insertDTMF(rest[0]),
      mute: () => call.mute(rest[0] ?? 'audio', true),
      unmute: () => call.mute(rest[0] ?? 'audio', false),
      'restart-ice': () => session.restartIce()
    };
    const wanted = always[word] ?? (session && inCall[word]);
    if (wanted) wanted();
    else this.tell('error', { text: `cannot ${word}` });
  }

  async begin() {
    checkParts(words(this.options.strip));
    await this.engine.ready();
    this.mouth = this.engine.mouth(this.options.tone);
    this.client = this.makeClient();
    this.invites = new Invites(this.client, entry => { this.tell('invite', entry); this.takeInvitation(entry); });
    this.logIn().catch(error => this.fail(error));
  }

  async run() {
    const timers = [setInterval(() => this.call?.look().catch(() => {}), 1000)];
    timers.push(setTimeout(() => { this.tell('error', { text: 'out of time' }); this.leave(3); }, this.options.timeout * 1000));
    await this.begin().catch(error => this.fail(error));
    const status = await this.gone;
    timers.forEach(clearInterval);
    for (const one of [this.mouth, ...Object.values(this.fake ?? {}), ...this.cameras, ...this.calls.values()]) one?.stop();
    this.client?.jingle.endAllSessions('gone');
    await sleep(0.1);
    this.client?.disconnect();
    await sleep(0.1);
    return status;
  }
}

// Its `left` is the status it ends with; `command` takes lines, `leave` ends it.
export const talk = (engine, options, told) => new Talk(engine, options, told);
