/** `send --batch`, run as processes: one token, one connection; killed at any moment, and three at once. */

import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { politely, startScriptedServer, startSmtpServer } from '../support/mail-server.js';
import { addSmtpSite, connectSite, refreshes } from '../support/mail-site.js';
import { randomOf } from '../support/random.js';
import { useStandIn } from '../support/use-stand-in.js';
import { SITE, type Workspace } from '../support/workspace.js';

const { google, newComputer } = useStandIn();
let gmail: Workspace;
let smtp: Workspace;
let spool: string;
const servers: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  gmail = await newComputer();
  await connectSite(gmail);
});
beforeEach(async () => {
  smtp = await newComputer();
  spool = await mkdtemp(join(tmpdir(), 'spool-'));
  await mkdir(join(spool, 'new'));
});
afterEach(async () => {
  await rm(spool, { recursive: true });
  for (const server of servers.splice(0)) await server.close();
});

const nameOf = (at: number) => `${String(at).padStart(3, '0')}.eml`;
const fill = async (count: number) => {
  for (let at = 0; at < count; at += 1) {
    const message = `To: p${at}@x.example\nSubject: ${nameOf(at)}\n\nBody.\n`;
    await writeFile(join(spool, 'new', nameOf(at)), message);
  }
};
const files = async (place: string) =>
  (await readdir(join(spool, place))).filter((name) => !name.startsWith('.')).sort();
/** Its files are put there whole. */
const batch = (...more: string[]) => ['send', '--batch', spool, '--settle', '0', '--json', ...more];
const NOTHING_LEFT = { waiting: 0, inRefused: 0, inUnknown: 0 };
const names = (count: number) => Array.from({ length: count }, (_, at) => nameOf(at));

/** A server that takes messages, and counts its connections. */
async function takingServer() {
  let connections = 0;
  const server = await startSmtpServer({
    security: 'none',
    more: {
      onConnect: (_session, done) => {
        connections += 1;
        done();
      },
    },
  });
  servers.push(server);
  await addSmtpSite(smtp, { port: server.port, security: 'none' });
  return { messages: server.messages, connections: () => connections };
}

test('by Gmail: one token for all, an event each, then the counts', async () => {
  await fill(12);
  const [before, refreshed] = [google.messages.length, refreshes(google)];
  const run = await gmail.run(batch());
  expect(run.code).toBe(0);
  expect(refreshes(google) - refreshed).toBeLessThanOrEqual(1);
  const arrived = google.messages.slice(before);
  expect(arrived).toHaveLength(12);
  const messages = run.events.filter(({ event }) => event === 'message');
  expect(messages.map(({ file }) => file).sort()).toEqual(names(12));
  for (const { outcome, id } of messages) {
    expect(outcome).toBe('sent');
    expect(arrived.map((one) => one.id)).toContain(id);
  }
  expect(run.events.at(-1)).toEqual({
    ...{ event: 'result', ok: true, site: SITE, sent: 12, refused: 0, unknown: 0, later: 0 },
    ...NOTHING_LEFT,
  });
  expect(await files('sent')).toEqual(names(12));
});

test('by SMTP: connections stay open; a refused message is told, and the exit code is its own', async () => {
  const server = await takingServer();
  await fill(20);
  await writeFile(join(spool, 'new', 'bad.eml'), 'To: root\n\nBody.\n');
  const run = await smtp.run(batch('--parallel', '2'));
  expect(run.code).toBe(2);
  // One of the two may have sent all before the other began.
  expect(server.connections()).toBeLessThanOrEqual(2);
  expect(server.messages).toHaveLength(20);
  expect(run.events).toContainEqual(
    expect.objectContaining({ file: 'bad.eml', outcome: 'refused', code: 'invalid-recipient' }),
  );
  expect(run.events.at(-1)).toMatchObject({ event: 'result', ok: false, sent: 20, refused: 1 });
  expect(JSON.parse(await readFile(join(spool, 'refused', 'bad.eml.json'), 'utf8'))).toMatchObject({
    code: 'invalid-recipient',
    message: expect.stringContaining('"root"'),
    hint: expect.any(String),
  });
});

test('a rate limit is waited for, and then everything is sent', async () => {
  await fill(3);
  google.fail('gmail-rate-limit', { times: 1 });
  const run = await gmail.run(batch());
  expect(run.code).toBe(0);
  expect(run.stderr).toContain('waiting until');
  expect(await files('sent')).toEqual(names(3));
});

test('an outage: three are unknown and never sent again, the rest waits, and each end says so', async () => {
  await fill(9);
  google.fail('gmail-backend-503');
  const run = await gmail.run(batch());
  expect(run.code).toBe(5);
  expect(await files('unknown')).toHaveLength(3);
  expect(run.events.at(-1)).toMatchObject({ ok: false, unknown: 3, later: 6, waiting: 6 });
  google.behave();
  const before = google.messages.length;
  const next = await gmail.run(batch());
  expect(next).toMatchObject({ code: 0, result: { sent: 6, ...NOTHING_LEFT, inUnknown: 3 } });
  expect(google.messages.length - before).toBe(6);
  const words = await gmail.run(['send', '--batch', spool]);
  expect(words).toMatchObject({ code: 0, stdout: expect.stringContaining('3 in "unknown"') });
});

describe('what fails before the hand-over goes back', () => {
  test.each([
    ['a word that is not known', { status: 400, body: { error: 'something_new' } }],
    ['a page of a web proxy', { status: 200, body: '<!doctype html><title>Welcome</title>' }],
  ])('where the token endpoint answers %s', async (_name, answer) => {
    const kept = (await gmail.secretFiles()).filter((file) => file.includes('access-token'));
    for (const file of kept) await rm(file);
    await fill(1);
    google.misbehave('token:refresh', { kind: 'answer', ...answer });
    const before = google.messages.length;
    const run = await gmail.run(batch());
    expect(run.code).not.toBe(0);
    expect(await files('new')).toEqual(names(1));
    expect(run.result).toMatchObject({ sent: 0, refused: 0, unknown: 0, later: 1, waiting: 1 });
    expect(google.messages).toHaveLength(before);
  });

  test.each([
    ['the sender is refused', 'MAIL', '553 5.7.1 Sender address rejected'],
    ['the recipient is busy', 'RCPT', '450 4.2.1 Try again later'],
  ])('where %s', async (_name, command, said) => {
    const server = await startScriptedServer(
      (line) => (line.startsWith(command) ? said : politely(line)),
      '250 taken',
    );
    servers.push(server);
    await addSmtpSite(smtp, { port: server.port, security: 'none' });
    await fill(2);
    expect((await smtp.run(batch())).result).toMatchObject({ refused: 0, unknown: 0, later: 2 });
    expect(await files('new')).toEqual(names(2));
  });
});

test('a file that has just been written is left: it waits, and the exit code says so', async () => {
  await fill(1);
  const run = await gmail.run(['send', '--batch', spool, '--json']);
  expect(run).toMatchObject({
    code: 5,
    events: [{ event: 'result', ok: false, sent: 0, later: 0, waiting: 1 }],
  });
  const longAgo = Date.now() / 1000 - 60;
  await utimes(join(spool, 'new', nameOf(0)), longAgo, longAgo);
  expect((await gmail.run(['send', '--batch', spool, '--json'])).result).toMatchObject({ sent: 1 });
});

test('a spool belongs to one site: another one touches nothing', async () => {
  await addSmtpSite(smtp, { port: 1, security: 'none' });
  await fill(1);
  await gmail.run(batch('--parallel', '1'));
  await fill(1);
  const before = await readdir(spool, { recursive: true });
  const run = await smtp.run(batch());
  expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
  expect(run.error?.message).toContain(SITE);
  expect(await readdir(spool, { recursive: true })).toEqual(before);
});

test('an envelope names who gets it, and from whom', async () => {
  const server = await takingServer();
  const envelope = { site: SITE, from: 'bounces@x.example', to: ['one@x.example'] };
  await fill(1);
  await writeFile(join(spool, 'new', `${nameOf(0)}.envelope`), JSON.stringify(envelope));
  const run = await smtp.run(['send', '--batch', spool, '--json']);
  expect(run.code).toBe(0);
  expect(server.messages).toMatchObject([{ from: 'bounces@x.example', to: ['one@x.example'] }]);
  expect(await files('sent')).toEqual([nameOf(0), `${nameOf(0)}.envelope`]);
});

describe('--again', () => {
  const again = (...more: string[]) => batch('--again', nameOf(0), ...more);

  test('asks, and puts a message back for the next run', async () => {
    await fill(1);
    google.fail('gmail-backend-503', { times: 1 });
    await gmail.run(batch());
    expect(await gmail.run(again())).toMatchObject({ code: 2, error: { code: 'not-interactive' } });
    expect(await files('unknown')).toEqual(names(1));
    const run = await gmail.run(again('--yes'));
    expect(run).toMatchObject({
      code: 0,
      result: { file: nameOf(0), from: 'unknown', waiting: 1, inUnknown: 0 },
    });
    expect((await gmail.run(batch())).result).toMatchObject({ sent: 1 });
  });

  test('a name that nothing has is wrong usage', async () => {
    expect(await gmail.run(again('--yes'))).toMatchObject({ code: 2, error: { code: 'usage' } });
  });
});

test('three runs at once send each message once', async () => {
  const server = await takingServer();
  await fill(60);
  const runs = await Promise.all([1, 2, 3].map(() => smtp.run(batch())));
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  const subjects = server.messages.map(({ raw }) => /Subject: (\S+)/.exec(raw.toString())?.[1]);
  expect(subjects.sort()).toEqual(names(60));
  const sent = runs.map(({ result }) => Number(result?.sent));
  expect(sent.reduce((sum, one) => sum + one)).toBe(60);
});

test('killed again and again: what arrived lies in sent or unknown, nothing twice, nothing lost', async () => {
  const server = await takingServer();
  const count = 40;
  await fill(count);
  const random = randomOf('When send --batch is killed');
  // The first kill falls into the first messages, later ones anywhere.
  for (let kills = 0; kills < (process.env.TEST_ALL ? 15 : 4); kills += 1) {
    const before = server.messages.length;
    const running = smtp.start(batch());
    while (server.messages.length < before + 3 && running.child.exitCode === null) await sleep(2);
    await sleep(random() * 10);
    running.child.kill('SIGKILL');
    await running.ended;
  }
  await smtp.run(batch());
  const [sent, unknown] = [await files('sent'), await files('unknown')];
  expect([...sent, ...unknown].sort()).toEqual(names(count));
  expect([await files('new'), await files('sending')]).toEqual([[], []]);
  const subjects = server.messages.map(
    ({ raw }) => /Subject: (\S+)/.exec(raw.toString())?.[1] ?? '',
  );
  expect(new Set(subjects).size).toBe(subjects.length);
  for (const name of sent) expect(subjects).toContain(name);
});

test('killed while a limit is waited for: nothing is unknown', async () => {
  await fill(3);
  google.fail('gmail-rate-limit');
  const running = gmail.start(batch());
  await new Promise((resolve) => running.child.stderr?.once('data', resolve));
  running.child.kill('SIGKILL');
  await running.ended;
  google.behave();
  expect((await gmail.run(batch())).result).toMatchObject({ sent: 3, unknown: 0 });
});

test('interrupted while a limit is waited for: the end says what lies where', async () => {
  await fill(3);
  google.fail('gmail-rate-limit');
  const running = gmail.start(batch());
  await new Promise((resolve) => running.child.stderr?.once('data', resolve));
  running.child.kill('SIGINT');
  const run = await running.ended;
  expect(run).toMatchObject({
    code: 130,
    error: { code: 'interrupted', ...NOTHING_LEFT, waiting: 3 },
  });
});

test('killed while the server has the message: unknown', async () => {
  const server = await startScriptedServer(politely, 'silent');
  servers.push(server);
  await addSmtpSite(smtp, { port: server.port, security: 'none' });
  await fill(1);
  const running = smtp.start(batch());
  while (!server.lines.includes('.')) await sleep(5);
  expect(await files('sending')).toEqual(names(1));
  running.child.kill('SIGKILL');
  await running.ended;
  const run = await smtp.run(batch());
  expect(run.code).toBe(5);
  expect(run.events).toContainEqual(
    expect.objectContaining({ file: nameOf(0), outcome: 'unknown', code: 'delivery-unknown' }),
  );
  expect(await files('unknown')).toEqual(names(1));
  expect(server.lines.filter((line) => line === '.')).toHaveLength(1);
});

describe('is refused', () => {
  test.each([
    [['a@x.example'], 'Recipients were named'],
    [['--parallel', '0'], 'not a number from 1'],
    [['--parallel', 'many'], 'not a number from 1'],
    [['--parallel', '-1'], 'not a number from 1'],
    [['--settle', '-1'], 'not a number of seconds'],
    [['--settle=-1'], 'not a number of seconds'],
    [['--settle', '1h'], 'not a number of seconds'],
  ])('with %j', async (more, words) => {
    const run = await gmail.run(batch(...more));
    expect(run).toMatchObject({ code: 2, error: { code: 'usage' } });
    expect(run.error?.message).toContain(words);
  });

  test.each([
    ['--parallel', '3'],
    ['--settle', '0'],
    ['--again', 'x'],
  ])('%s without it', async (option, value) => {
    const run = await gmail.run(['send', option, value, '--json'], { input: 'x' });
    expect(run).toMatchObject({ code: 2, error: { code: 'usage' } });
    expect(run.error?.message).toContain(option);
  });

  test('without a folder', async () => {
    const run = await gmail.run(['send', '--batch', join(spool, 'not-there'), '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'usage' } });
  });
});
