/** The examples of docs/scripting.md for `--notify`, run as they stand there: a webhook, an email, a notice. */

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { type NewsItem, notify, readNotifyCommand } from '../../src/kit/notify.js';
import { startSmtpServer } from '../support/mail-server.js';
import { describeWith } from '../support/system-part.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ITEMS: readonly NewsItem[] = [
  {
    ...{ kind: 'died', site: 'harbour-physio', code: 'sign-in-needed' },
    ...{ message: 'Google no longer accepts it – “really”.', hint: 'Sign in again.' },
    ...{ since: '2026-12-01T04:00:00.000Z', at: null },
  },
];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'examples-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What stands behind `--notify` in the example that has a word, without the quotes that are the shell's. */
async function example(word: string): Promise<string> {
  const text = await readFile(join(ROOT, 'docs/scripting.md'), 'utf8');
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('writeupp-mail') && line.includes(word));
  const command = /--notify (.+)$/.exec(lines[0] ?? '')?.[1] ?? '';
  return command
    .replace(/^'(.*)'$/, '$1')
    .replace('/usr/local/lib/writeupp-mail', join(ROOT, 'docs/nightly-check'));
}

/** Tells the news by a command; gives the notes of what went wrong. */
async function tell(command: string, more: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const notes: string[] = [];
  const PATH = [join(folder), dirname(process.execPath), process.env.PATH].join(':');
  const world = {
    environment: { home: folder, forChildren: { ...process.env, PATH, ...more } },
    now: () => new Date('2026-12-01T04:00:12.000Z'),
    signal: new AbortController().signal,
    report: { note: (line: string) => void notes.push(line) },
  };
  await notify(world, readNotifyCommand(command), 'check', ITEMS);
  return notes;
}

describeWith(['curl', 'linux'], 'the examples', () => {
  test('a webhook gets the JSON; one that refuses is tried again', async () => {
    const got: string[] = [];
    let status = 500;
    const server = createServer((request, response) => {
      request.setEncoding('utf8');
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        got.push(`${request.headers['content-type']} ${body}`);
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const command = (await example('hooks.example')).replace(
      'https://hooks.example/email',
      `http://127.0.0.1:${port}/email`,
    );
    expect(await tell(command)).toEqual([expect.stringContaining('ended with 22')]);
    status = 204;
    expect(await tell(command)).toEqual([]);
    await new Promise((resolve) => server.close(resolve));
    expect(got).toHaveLength(2);
    expect(got[1]).toMatch(/^application\/json \{"event":"news"/);
    expect(JSON.parse(got[1]?.slice('application/json '.length) ?? '').items).toEqual(ITEMS);
  });

  test('an email goes out by another mail server', async () => {
    const server = await startSmtpServer({ security: 'none' });
    // What sed makes of "\\r" is not the same everywhere: here it makes nothing at all.
    await writeFile(join(folder, 'sed'), '#!/bin/sh\n');
    await chmod(join(folder, 'sed'), 0o755);
    const notes = await tell(await example('news-by-mail'), {
      NEWS_SERVER: `smtp://127.0.0.1:${server.port}`,
      ...{ NEWS_FROM: 'news@support.example', NEWS_TO: 'jane@support.example' },
    });
    await server.close();
    expect(notes).toEqual([]);
    const [message, ...more] = server.messages;
    expect(more).toEqual([]);
    expect(message).toMatchObject({ from: 'news@support.example', to: ['jane@support.example'] });
    const raw = String(message?.raw);
    // RFC 5322: a message has a date (section 3.6), and its lines end with CRLF (section 2.3).
    expect(raw).toMatch(/^Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000\r$/m);
    expect(raw).not.toMatch(/(?<!\r)\n/);
    const { subject, text } = await simpleParser(raw);
    expect(subject).toBe('Email of a practice needs somebody');
    expect(text).toContain('harbour-physio: died since 2026-12-01T04:00:00.000Z');
    expect(text).toContain('Google no longer accepts it – “really”.\nSign in again.');
  });

  test('a notice is shown on the desktop', async () => {
    const shown = join(folder, 'shown');
    await writeFile(join(folder, 'notify-send'), `#!/bin/sh\nprintf '%s|' "$@" > '${shown}'\n`);
    await chmod(join(folder, 'notify-send'), 0o755);
    expect(await tell(await example('news-on-desktop'))).toEqual([]);
    const [urgency, title, text] = (await readFile(shown, 'utf8')).split('|');
    expect([urgency, title]).toEqual(['--urgency=critical', 'Email of a practice needs somebody']);
    expect(text).toContain('harbour-physio: died');
  });
});
