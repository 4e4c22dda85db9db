#!/usr/bin/env node
// A Jingle peer on libwebrtc that places or answers one call: see README.md.
// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import wrtc from '@roamhq/wrtc';
import * as XMPP from 'stanza';
import { ear, mouth } from './src/audio.mjs';
import { Invites } from './src/invite.mjs';
import { report } from './src/report.mjs';
import { shape } from './src/session.mjs';

const text = value => ({ type: 'string', ...(value === undefined ? {} : { default: value }) });
const flag = { type: 'boolean', default: false };
const { values: options } = parseArgs({ options: {
  jid: text(), password: text(), ws: text(), resource: text(`peer-${process.pid}`),
  to: text(), invite: flag, 'no-trickle': flag, relay: flag, 'no-jingle': flag, video: flag, codecs: text(''),
  answer: text('accept'), tone: text('1000'), duration: text('0'), timeout: text('60')
} });

const begun = Date.now();
const tell = (ev, more = {}) => process.stdout.write(`${JSON.stringify({ ev, t: (Date.now() - begun) / 1000, ...more })}\n`);
const sleep = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));
const bare = jid => jid.split('/')[0];

let leave;
const left = new Promise(resolve => { leave = resolve; });

const client = XMPP.createClient({
  jid: options.jid, password: options.password, resource: options.resource,
  server: options.jid.split('@')[1].split('/')[0],
  transports: { websocket: options.ws, bosh: false }, autoReconnect: false,
  jingle: {
    hasRTCPeerConnection: true, advertiseAudio: true, rtcpMuxPolicy: 'require',
    iceTransportPolicy: options.relay ? 'relay' : 'all', trickleIce: !options['no-trickle'], iceServers: [],
    createPeerConnection: (session, config) => watch(session, new wrtc.RTCPeerConnection(config))
  }
});
const invites = new Invites(client, entry => { tell('invite', entry); takeInvitation(entry); });

// The one call, as far as it got.
const call = { session: null, connected: false, ears: [], mouth: mouth(Number(options.tone)), last: null };

function watch(session, pc) {
  pc.addEventListener('connectionstatechange', () => {
    tell('state', { sid: session.sid, state: pc.connectionState });
    if (pc.connectionState !== 'connected' || call.connected) return;
    call.connected = true;
    if (Number(options.duration)) sleep(Number(options.duration)).then(hangUp);
  });
  pc.addEventListener('track', ({ track }) => track.kind === 'audio' && call.ears.push(ear(track)));
  return pc;
}

async function look() {
  if (!call.session || call.session.state === 'ended' || !call.ears.length) return;
  const seen = await report(call.session.pc);
  if (call.session.state === 'ended') return;
  call.last = { ...seen, ...call.ears[0].measure() };
  tell('stats', { sid: call.session.sid, ...call.last });
}

async function hangUp() {
  await look().catch(() => {});
  call.session.end('success');
}

function adopt(session) {
  call.session = session;
  const stream = new wrtc.MediaStream();
  stream.addTrack(call.mouth.track);
  const added = session.addTrack(call.mouth.track, stream);
  if (options.video) {
    call.picture = new wrtc.nonstandard.RTCVideoSource().createTrack();
    session.addTrack(call.picture, stream);
  }
  return added;
}

async function takeInvitation({ verb, id, from, own }) {
  if (verb !== 'propose' || own || options.answer === 'ignore') return;
  const reason = { condition: options.answer === 'busy' ? 'busy' : 'decline' };
  if (options.answer !== 'accept') {
    invites.say(from, 'reject', id, { reason });
    invites.say(bare(client.jid), 'reject', id, { reason });
    tell('refused', { id });
    leave(1);
    return;
  }
  invites.say(from, 'ringing', id);
  invites.say(bare(client.jid), 'accept', id);
  invites.say(from, 'proceed', id);
}

async function takeSession(session) {
  tell('incoming', { sid: session.sid, peer: session.peerID });
  if (options.answer === 'ignore') return;
  if (options.answer !== 'accept') {
    call.session = session;
    session.end(options.answer === 'busy' ? 'busy' : 'decline');
    return;
  }
  const invited = invites.heard.some(({ id, verb }) => id === session.sid && verb === 'propose');
  if (!invited) await session.ring();
  await adopt(session);
  if (session.state !== 'ended') await session.accept();
}

async function callee() {
  if (options.to.includes('/')) return options.to;
  for (;;) {
    const found = [...resources].find(jid => bare(jid) === options.to);
    if (found) return found;
    await new Promise(resolve => client.once('available', resolve));
  }
}

async function placeCall() {
  const sid = randomUUID();
  const peer = options.invite ? await invites.propose(options.to, sid, options.video ? ['audio', 'video'] : ['audio']) : await callee();
  if (!peer) {
    tell('refused', { id: sid });
    return leave(1);
  }
  const session = client.jingle.createMediaSession(peer, sid);
  tell('calling', { sid, peer });
  await adopt(session);
  return session.start({ offerToReceiveAudio: true, offerToReceiveVideo: options.video });
}

function conclude(session, reason) {
  if (session !== call.session || call.concluded) return;
  call.concluded = true;
  const { received, level, purity, dtls } = call.last ?? {};
  const ok = call.connected && dtls === 'connected' && received > 0 && level > 0.01 && purity > 0.9;
  tell('ended', { sid: session.sid, reason: reason?.condition });
  if (invites.heard.some(({ id }) => id === session.sid)) {
    invites.say(session.peerID, 'finish', session.sid, { reason: { condition: reason?.condition ?? 'success' } });
  }
  tell('result', { sid: session.sid, ok, reason: reason?.condition, ...call.last });
  sleep(0.3).then(() => leave(ok ? 0 : 1)); // the last stanzas have to go out
}

async function useServices() {
  const { services } = await client.getServices(client.config.server, undefined, '2');
  for (const service of services) {
    const stun = service.type.startsWith('stun');
    client.jingle.addICEServer(stun ? { ...service, transport: undefined } : service);
  }
}

const resources = new Set();
client.on('available', ({ from }) => resources.add(from));
client.on('unavailable', ({ from }) => resources.delete(from));
client.on('auth:failed', () => { tell('error', { text: 'login refused' }); leave(2); });
client.on('disconnected', () => leave(1));
client.on('jingle:ringing', session => tell('ringing', { sid: session.sid }));
client.on('jingle:accepted', session => tell('accepted', { sid: session.sid }));
client.on('jingle:terminated', conclude);
client.jingle.on('createdSession', session => session.pc && shape(session, {
  trickle: !options['no-trickle'], codecs: options.codecs.split(',').filter(Boolean)
}));
client.jingle.on('log', (level, message, ...more) => {
  if (level === 'error') tell('error', { text: [message, ...more.map(String)].join(' ') });
});
const failed = error => { tell('error', { text: String(error?.stack ?? error) }); leave(1); };
client.on('jingle:incoming', session => takeSession(session).catch(failed));
process.on('unhandledRejection', error => tell('error', { text: String(error?.stack ?? error) }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => leave(1));

const started = new Promise(resolve => client.once('session:started', resolve));
const timers = [setInterval(() => look().catch(() => {}), 1000)];
timers.push(setTimeout(() => { tell('error', { text: 'out of time' }); leave(3); }, Number(options.timeout) * 1000));
client.connect();
started.then(async () => {
  await client.enableCarbons();
  await useServices();
  if (options['no-jingle']) client.disco.features.set('', new Set(['http://jabber.org/protocol/disco#info']));
  client.updateCaps();
  client.sendPresence({ legacyCapabilities: client.disco.getCaps() });
  tell('ready', { jid: client.jid });
  if (options.to) await placeCall();
}).catch(failed);

const status = await left;
timers.forEach(clearInterval);
call.mouth.stop();
call.ears.forEach(one => one.stop());
client.jingle.endAllSessions('gone');
await sleep(0.1);
client.disconnect();
await sleep(0.1);
process.exit(status);
