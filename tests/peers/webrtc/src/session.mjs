// What a stanza.js session does not do by itself: all candidates at once, fewer codecs, less said, one ending.
// SPDX-License-Identifier: MIT
import { Jingle } from 'stanza';

const DESCRIBING = ['session-initiate', 'session-accept'];
const REPAIR = ['rtx', 'red', 'ulpfec', 'flexfec-03'];

// How to leave out each optional part of a description, told by us…
const UNTOLD = {
  ssrc: application => Object.assign(application, { ssrc: undefined, sources: [], sourceGroups: [] }),
  msid: application => Object.assign(application, { streams: [] })
};
// … and of one that must be as if neither side had it.
const UNKNOWN = {
  hdrext: application => Object.assign(application, { headerExtensions: [] }),
  'rtcp-fb': application => application.codecs.forEach(codec => Object.assign(codec, { rtcpFeedback: [] })),
  rtx: application => drop(application, codec => codec.name.toLowerCase() === 'rtx'),
  fec: application => drop(application, codec => REPAIR.slice(1).includes(codec.name.toLowerCase()))
};
const PARTS = [...Object.keys(UNTOLD), ...Object.keys(UNKNOWN), 'group'];

// Throws on what nobody could leave out.
export function checkParts(strip) {
  const strange = strip.find(part => !PARTS.includes(part));
  if (strange) throw new Error(`--strip knows ${PARTS.join(', ')}, not ${strange}`);
}

function drop(application, unwanted) {
  application.codecs = application.codecs.filter(codec => !unwanted(codec));
}

// Applies `ways` to all RTP descriptions of a stanza.
function pare(data, { codecs, strip }, ways) {
  if (strip.includes('group')) data.groups = [];
  for (const { application } of data.contents ?? []) {
    if (!application?.codecs) continue;
    keepCodecs(application, codecs);
    strip.forEach(part => ways[part]?.(application));
  }
}

// Of kinds none of which is named all are kept.
function keepCodecs(application, names) {
  const wanted = names.map(name => name.toLowerCase());
  const kept = application.codecs.filter(codec => wanted.includes(codec.name.toLowerCase()));
  if (!kept.length) return;
  const ids = kept.map(codec => String(codec.id));
  const repairs = codec => codec.name.toLowerCase() === 'rtx' && ids.includes(String(codec.parameters?.apt));
  application.codecs = application.codecs.filter(codec => kept.includes(codec) || repairs(codec));
}

export function shape(session, wishes) {
  // wrtc reports "closed" after close(), a browser does not: it would end the session a second time.
  const iceState = session.onIceStateChange.bind(session);
  session.onIceStateChange = () => session.state !== 'ended' && iceState();

  const initiate = session.onSessionInitiate.bind(session);
  session.onSessionInitiate = (offer, done) => {
    pare(offer, wishes, UNKNOWN); // what the engine does not read it does not answer
    return initiate(offer, done);
  };
  const send = session.send.bind(session);
  let held = null; // what is sent meanwhile must not overtake the description
  session.send = (action, data) => {
    const describing = DESCRIBING.includes(action);
    if (describing) pare(data, wishes, { ...UNTOLD, ...UNKNOWN });
    if (describing && !wishes.trickle) held = gathered(session.pc).then(() => addCandidates(session, data));
    if (!held) send(action, data);
    else held = held.then(() => send(action, data));
  };
  if (!wishes.trickle) {
    session.onIceCandidate = () => {};
    session.onIceEndOfCandidates = () => {};
  }
}

function gathered(pc) {
  if (pc.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise(resolve => pc.addEventListener('icecandidate', event => event.candidate || resolve()));
}

function addCandidates(session, data) {
  const { media } = Jingle.importFromSDP(session.pc.localDescription.sdp);
  for (const content of data.contents) {
    const own = media.find(({ mid }) => mid === content.name);
    content.transport.candidates = own.candidates.map(candidate => ({ ...candidate, component: 1 }));
  }
}
