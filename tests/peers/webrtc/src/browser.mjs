// Chromium without a screen, driven through a pipe by its own DevTools protocol. Nothing is
// installed for that, no port is opened, and the browser leaves when the pipe is closed.
// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const FLAGS = [
  '--headless=new', '--remote-debugging-pipe', '--no-first-run', '--disable-gpu', '--disable-dev-shm-usage',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions',
  '--disable-breakpad', '--log-level=3', '--password-store=basic', '--mute-audio', '--force-webrtc-ip-handling-policy=default',
  '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required', '--disable-features=WebRtcHideLocalIpsWithMdns'
];

export class Browser {
  constructor(program, folder) {
    mkdirSync(folder, { recursive: true });
    const root = process.getuid() === 0 ? ['--no-sandbox'] : [];
    const home = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, TMPDIR: folder };
    // A group of its own, so that all of its processes can be ended at once; and if we are killed
    // the kernel ends the first of them, which the others follow.
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...FLAGS, ...root, `--user-data-dir=${folder}`], {
      detached: true, env: { ...process.env, ...home }, stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe']
    });
    this.waiting = new Map();
    this.bound = () => {};
    this.asked = 0;
    this.gone = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('exit', status => reject(new Error(`the browser left with status ${status}`)));
    });
    this.gone.catch(() => {});
    this.child.stdio[3].on('error', () => {}); // told by its exit
    this.listen(this.child.stdio[4]);
  }

  // Messages end in NUL.
  listen(pipe) {
    let rest = '';
    pipe.setEncoding('utf8');
    pipe.on('data', text => {
      const parts = (rest + text).split('\0');
      rest = parts.pop();
      parts.forEach(part => this.take(JSON.parse(part)));
    });
  }

  take({ id, method, params, result, error }) {
    if (method === 'Runtime.bindingCalled') this.bound(params.payload);
    const wanted = this.waiting.get(id ?? method);
    if (!wanted) return;
    this.waiting.delete(id ?? method);
    if (error) wanted.reject(new Error(error.message));
    else wanted.resolve(result ?? params);
  }

  answer(key) {
    const answered = new Promise((resolve, reject) => this.waiting.set(key, { resolve, reject }));
    return Promise.race([answered, this.gone]);
  }

  ask(method, params = {}) {
    const id = ++this.asked;
    const answered = this.answer(id);
    this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId: this.session })}\0`);
    return answered;
  }

  // Opens a page that calls `tell` with texts, which `told` hears.
  async open(url, told) {
    this.bound = told;
    const { product } = await this.ask('Browser.getVersion');
    const { targetId } = await this.ask('Target.createTarget', { url: 'about:blank' });
    this.session = (await this.ask('Target.attachToTarget', { targetId, flatten: true })).sessionId;
    await this.ask('Runtime.enable');
    await this.ask('Runtime.addBinding', { name: 'tell' });
    await this.ask('Page.enable');
    const loaded = this.answer('Page.loadEventFired');
    await this.ask('Page.navigate', { url });
    await loaded;
    return product;
  }

  // The value of an expression, or what its promise becomes.
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.ask('Runtime.evaluate', {
      expression, awaitPromise: true, returnByValue: true, userGesture: true
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  close() {
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch { /* it has left */ }
  }
}

// The page on this machine's loopback, which a browser trusts as it does https.
export async function servePage() {
  const { build } = await import('esbuild');
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [fileURLToPath(new URL('page.mjs', import.meta.url))], bundle: true, write: false, format: 'iife',
    platform: 'browser', mainFields: ['browser', 'main'], define: { global: 'globalThis' }, logLevel: 'error'
  });
  const server = createServer((request, response) => {
    const script = request.url === '/page.js';
    response.setHeader('content-type', script ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
    response.end(script ? text : '<!doctype html><title>peer</title><script src="/page.js"></script>');
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
