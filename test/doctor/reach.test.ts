/** The way to Google through a web proxy, as `doctor` tries it: with its login, and each refusal explained. */

import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { openEncrypted } from '../../src/google/reach.js';
import { listenHere } from '../support/web-proxy.js';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A proxy that answers CONNECT as told, and what it was asked with. */
async function proxy(answer: string) {
  const logIns: (string | undefined)[] = [];
  const server = createServer().on('connect', (request, socket) => {
    logIns.push(request.headers['proxy-authorization']);
    socket.end(`HTTP/1.1 ${answer}\r\nContent-Length: 0\r\n\r\n`);
  });
  open.push(server);
  return { logIns, port: await listenHere(server) };
}

const through = (port: number, login = '') =>
  openEncrypted(
    {
      url: new URL('https://accounts.google.com/'),
      proxy: new URL(`http://${login}127.0.0.1:${port}`),
    },
    new AbortController().signal,
  );

test.each([
  ['', undefined],
  ['jo:secret@', 'jo:secret'],
  ['jo%40x.example:p%40s%2Fw%C3%BC@', 'jo@x.example:p@s/wü'],
])('the login of the proxy’s address goes along: %j', async (login, sent) => {
  const { logIns, port } = await proxy('403 No');
  await expect(through(port, login)).rejects.toMatchObject({ code: 'proxy' });
  const [given] = logIns;
  const decoded =
    given === undefined ? given : Buffer.from(given.replace('Basic ', ''), 'base64').toString();
  expect(decoded).toBe(sent);
});

test.each([
  ['407 Log in', 'proxy', /asked for a user name and password/],
  ['403 No', 'proxy', /does not let this program/],
  ['503 Later', 'proxy', /could not reach Google/],
  ['404 What', 'network', /answered in Google’s place/],
])('%s: %s', async (answer, code, words) => {
  const { port } = await proxy(answer);
  await expect(through(port)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(words),
  });
});
