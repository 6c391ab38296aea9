/** The stand-in runs by itself, says where, and tells each message. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { connect, send } from './program.js';
import type { GoogleStandIn } from './stand-in.js';

const SERVE = new URL('../../build/test/stand-in/serve.js', import.meta.url).pathname;

test('says its address, tells a message, and stops on SIGTERM leaving nothing', async () => {
  const child = spawn(process.execPath, [SERVE], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = linesOf(child);
  const { url, clientFile } = await lines();
  const google = {
    url,
    clientFile: () => JSON.parse(readFileSync(clientFile, 'utf8')),
  } as GoogleStandIn;
  const { access_token } = await connect(google, { account: 'info@harbour-physio.example' });
  await send(google, access_token, 'To: a@p.example\r\nSubject: Hello\r\n\r\nGood day');
  expect(await lines()).toMatchObject({
    account: 'info@harbour-physio.example',
    deliveredTo: ['a@p.example'],
    headers: ['To: a@p.example', 'Subject: Hello'],
    text: 'Good day',
  });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(existsSync(clientFile)).toBe(false);
});

function linesOf({ stdout }: ChildProcess) {
  if (!stdout) {
    throw new Error('no standard output');
  }
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return async () => JSON.parse((await lines.next()).value);
}
