/**
 * Three runs empty one spool side by side, killed and started again; counted at the server: nothing is lost, nothing is
 * sent twice, whatever the files are called and whatever the server refuses.
 */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SMTPServerOptions } from 'smtp-server';
import { smtpError, startSmtpServer, type TestMailServer } from '../support/mail-server.js';
import { addSmtpSite } from '../support/mail-site.js';
import { randomOf } from '../support/random.js';
import { useComputer } from '../support/use-stand-in.js';

const ROUNDS = process.env.TEST_ALL ? 12 : 1;
const RUNS = 3;

const { workspace } = useComputer();
const random = randomOf('When runs at a spool are killed');
let server: TestMailServer;
let spool: string;
/** How many recipients the server was asked about. */
let asked = 0;

beforeEach(async () => {
  // Each answer takes its time, so that kills fall into all of it.
  const onRcptTo: SMTPServerOptions['onRcptTo'] = ({ address }, _session, done) => {
    asked += 1;
    const [, end = ''] = /^[^-]+-(\w+)@/.exec(address) ?? [];
    const error = { no: smtpError(550, '5.1.1 No'), busy: smtpError(450, '4.2.1 Busy') }[end];
    setTimeout(() => done(error), random() * 5);
  };
  server = await startSmtpServer({ security: 'none', more: { onRcptTo } });
  await addSmtpSite(workspace, { port: server.port, security: 'none' });
  spool = await mkdtemp(join(tmpdir(), 'spool-runs-'));
  await mkdir(join(spool, 'new'));
});
afterEach(async () => {
  await server.close();
  await rm(spool, { recursive: true });
});

/** What a file may be called, and what makes two of them meet: endings that mean something, case, length. */
const aName = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.constantFrom(
      'm',
      'M',
      'x',
      'x.json',
      'x.json.json',
      'm.2',
      '-',
      '--again',
      'a b',
      'a\nb',
      '~',
      'é',
      'e\u0301',
    ),
    fc.integer({ min: 240, max: 255 }).map((length) => 'n'.repeat(length)),
    fc.integer({ min: 245, max: 255 }).map((length) => `${'n'.repeat(length - 5)}.json`),
  )
  .filter((name) => !/[/\0]/.test(name) && !/^\./.test(name) && !name.endsWith('.envelope'))
  .filter((name) => Buffer.byteLength(name) <= 255 && Buffer.from(name).toString() === name);

const aSpool = fc.uniqueArray(
  fc.record({
    name: aName,
    end: fc.constantFrom('yes', 'yes', 'yes', 'no', 'busy'),
    hasEnvelope: fc.boolean(),
  }),
  { selector: ({ name }) => name, minLength: 15, maxLength: 25 },
);

interface Message {
  readonly name: string;
  readonly end: string;
  readonly hasEnvelope: boolean;
}

const seed = Number(process.env.TEST_SEED ?? Date.now());

test.each(
  fc.sample(aSpool, { numRuns: ROUNDS, seed }).map((messages, at) => [at, messages] as const),
)(
  `round %d (seed ${seed})`,
  async (_at, names) => {
    // The names come twice, so that they are taken wherever the first of them lies.
    const messages: Message[] = [];
    const batch = ['send', '--batch', spool, '--settle', '0', '--json'];
    for (const kills of [3, 1]) {
      const waiting = new Set(await readdir(join(spool, 'new')));
      for (const message of names.filter(({ name }) => !waiting.has(name))) {
        messages.push(message);
        await put(message, messages.length - 1);
      }
      const emptying = Array.from({ length: RUNS }, () => killedAgainAndAgain(batch, kills));
      await Promise.all(emptying);
    }
    const { events } = await workspace.run(batch);

    const lies = await whereTheyLie();
    const arrived = server.messages.map(({ raw, to }) => ({ at: indexIn(raw.toString()), to }));
    // Nothing is lost: each lies in one place.
    expect(lies.map(({ at }) => at).sort((one, other) => one - other)).toEqual([
      ...messages.keys(),
    ]);
    // Nothing is sent twice, nor to anybody else.
    expect(new Set(arrived.map(({ at }) => at)).size).toBe(arrived.length);
    for (const { at, to } of arrived) expect(to).toEqual([`p${at}-yes@x.example`]);
    // Where they lie is what became of them.
    for (const { at, place } of lies) {
      const { end } = messages[at] ?? {};
      const hasArrived = arrived.some((one) => one.at === at);
      if (hasArrived) expect(place).toMatch(/^(?:sent|unknown)$/);
      if (place === 'sent') expect(hasArrived).toBe(true);
      if (place === 'unknown' || place === 'sent') expect(end).toBe('yes');
      if (place === 'refused') expect(end).toBe('no');
      if (place === 'new') expect(end).toBe('busy');
    }
    const count = (place: string) => lies.filter((one) => one.place === place).length;
    expect(events.at(-1)).toMatchObject({
      waiting: count('new'),
      inRefused: count('refused'),
      inUnknown: count('unknown'),
    });
  },
  120_000,
);

async function put({ name, end, hasEnvelope }: Message, at: number): Promise<void> {
  const path = join(spool, 'new', name);
  const to = `p${at}-${end}@x.example`;
  const canHave = hasEnvelope && Buffer.byteLength(name) <= 255 - '.envelope'.length;
  if (canHave) {
    const envelope = { site: 'harbour-physio', from: null, to: [to] };
    await writeFile(`${path}.envelope`, JSON.stringify(envelope));
  }
  // Whoever lost its envelope would send to somebody else.
  const inHeader = canHave ? 'nobody-wrong@x.example' : to;
  await writeFile(path, `To: ${inHeader}\nSubject: message ${at}\n\nBody.\n`);
}

/** In the midst of the work of all runs. */
async function killedAgainAndAgain(batch: readonly string[], times: number): Promise<void> {
  for (let kills = 0; kills < times; kills += 1) {
    const before = asked;
    const running = workspace.start(batch);
    const untilKill = 2 + Math.floor(random() * 8);
    while (asked < before + untilKill && running.child.exitCode === null) await sleep(1);
    await sleep(random() * 8);
    running.child.kill('SIGKILL');
    await running.ended;
  }
}

function indexIn(text: string): number {
  return Number(/^Subject: message (\d+)/m.exec(text)?.[1] ?? Number.NaN);
}

/** Each message, by what is in it. */
async function whereTheyLie(): Promise<{ at: number; place: string }[]> {
  const found: { at: number; place: string }[] = [];
  for (const place of ['new', 'sending', 'sent', 'refused', 'unknown']) {
    for (const name of await readdir(join(spool, place))) {
      const at = indexIn(await readFile(join(spool, place, name), 'utf8'));
      if (!Number.isNaN(at)) found.push({ at, place });
    }
  }
  return found;
}
