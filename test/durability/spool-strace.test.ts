/** What the kernel sees of a message of a spool: it is out of `new`, on the disk, before its first byte leaves. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSmtpServer, type TestMailServer } from '../support/mail-server.js';
import { addSmtpSite } from '../support/mail-site.js';
import { PROGRAM } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { useComputer } from '../support/use-stand-in.js';

const { workspace } = useComputer({ computerFor: 'file' });
let server: TestMailServer;

beforeAll(async () => {
  server = await startSmtpServer({ security: 'none' });
  await addSmtpSite(workspace, { port: server.port, security: 'none' });
});
afterAll(() => server.close());

/** What is not flushed can be undone by a power cut: a message would be in `new` again that was sent. */
describeWith(['strace'], 'a message of a spool', () => {
  test('is moved and flushed before it leaves, and after it', async () => {
    const spool = join(workspace.folder, 'spool');
    await mkdir(join(spool, 'new'), { recursive: true });
    await writeFile(join(spool, 'new', 'm'), 'To: pat@x.example\n\nThe body.\n');
    const calls = await callsOf(['send', '--batch', spool, '--settle', '0'], spool);
    expect(server.messages).toHaveLength(1);
    // Before, the owner is written down, and the folders are tried.
    expect(calls.slice(calls.indexOf('rename new/m sending/m'))).toEqual([
      'rename new/m sending/m',
      'fsync sending',
      'fsync new',
      'the message leaves',
      'rename sending/m sent/m',
      'fsync sent',
      'fsync sending',
    ]);
  });
});

const STRACE = ['strace', '-f', '-qq', '-y', '-s', '9999'];

/** Renames and flushes in the spool, and the message on its way, in their order. */
async function callsOf(args: readonly string[], spool: string): Promise<string[]> {
  const log = join(workspace.folder, 'calls');
  const [strace = '', ...options] = [...STRACE, '-o', log];
  const trace = '--trace=rename,fsync,write,writev,sendto';
  const child = spawn(strace, [...options, trace, process.execPath, PROGRAM, ...args], {
    // One thread makes all file calls: no line of one is broken by a line of another.
    env: { ...workspace.env, UV_THREADPOOL_SIZE: '1' },
    stdio: 'ignore',
  });
  expect(await once(child, 'close')).toEqual([0, null]);
  const lines = (await readFile(log, 'utf8')).replaceAll(`${spool}/`, '').split('\n');
  return lines.flatMap((line) => {
    const [, call = '', rest = ''] = /^\d+ +(\w+)\((.*)$/.exec(line) ?? [];
    if (/^\d+<(?:TCP|socket)/.test(rest))
      return rest.includes('The body.') ? 'the message leaves' : [];
    if (call !== 'rename' && call !== 'fsync') return [];
    const paths = rest.match(/\b(?:new|sending|sent|refused|unknown)\b[^"<>]*(?=[">])/g) ?? [];
    return paths.length === 0 ? [] : [[call, ...paths].join(' ')];
  });
}
