/** A watch, killed at every point or stopped for a night: counted at Google, nothing is lost and nothing is sent twice. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { takeApart, valuesOf } from '../support/eml.js';
import { connectSite } from '../support/mail-site.js';
import type { RunningProgram, RunResult } from '../support/program.js';
import { randomOf } from '../support/random.js';
import { useStandIn } from '../support/use-stand-in.js';
import { SITE, type Workspace } from '../support/workspace.js';
import { HOOK, readPoints } from './points.js';

const MOVING_CLOCK = fileURLToPath(new URL('../support/moving-clock.cjs', import.meta.url));
const HOUR_MS = 60 * 60_000;

/** All points by KILL_EVERY=1, else samples, at other points each time. */
const EVERY = Number(process.env.KILL_EVERY ?? (process.env.TEST_ALL === '1' ? 2 : 5));
/** Runs wait for their disk, so more of them than processors keep these busy. */
const AT_ONCE = 6;

const { google, newComputer } = useStandIn();
let workspace: Workspace;
let spool: string;

beforeAll(async () => {
  workspace = await newComputer();
  await connectSite(workspace);
});
beforeEach(async () => {
  spool = await newSpool();
});
afterEach(() => google.behave());

async function newSpool(): Promise<string> {
  const folder = await mkdtemp(join(workspace.folder, 'spool-'));
  for (const place of ['new', 'sending']) await mkdir(join(folder, place));
  return folder;
}

function watch(folder: string, env: NodeJS.ProcessEnv, ...more: string[]): RunningProgram {
  const args = ['send', '--batch', folder, '--watch', '--settle', '0', '--json', ...more];
  return workspace.start(args, { env });
}

/** The messages of a folder, without what this program keeps there for itself. */
async function namesIn(folder: string, place: string): Promise<string[]> {
  const names = await readdir(join(folder, place)).catch(() => []);
  return names.filter((name) => !name.startsWith('.'));
}

/** Ends a watch once nothing waits any more, unless it ends before. */
async function untilEmpty(one: RunningProgram, folder: string): Promise<RunResult> {
  const { child } = one;
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const lies = async () => (await namesIn(folder, 'new')).concat(await namesIn(folder, 'sending'));
  // Before it says so, SIGTERM kills it.
  const isBusy = async () => !one.output().stderr.includes('Watching') || (await lies()).length > 0;
  while (!hasEnded() && (await isBusy())) await sleep(20);
  child.kill('SIGTERM');
  return one.ended;
}

/** What was sent of a test, by the subjects: among the last messages, which are kept whole. */
function delivered(of: string): { readonly subject: string; readonly raw: Buffer }[] {
  return google.messages
    .slice(-200)
    .map(({ raw }) => ({ subject: valuesOf(takeApart(raw), 'subject')[0]?.trim() ?? '', raw }))
    .filter(({ subject }) => subject.startsWith(`${of} `));
}

describe('killed at every point', () => {
  const MESSAGES = ['plain', 'enveloped', 'another', 'without-recipient', 'left-in-sending'];

  /** Messages of each kind; their subjects say of which run they are. */
  async function fill(folder: string, run: string): Promise<void> {
    const put = (path: string, text: string) => writeFile(join(folder, path), text);
    const text = (name: string, to = 'To: a@x.example\n') =>
      `${to}Subject: ${run} ${name}\n\nBody.\n`;
    const envelope = { site: SITE, from: null, to: ['a@x.example', 'hidden@x.example'] };
    await put('sending/left-in-sending', text('left-in-sending'));
    await put('new/plain', text('plain'));
    await put('new/enveloped.envelope', JSON.stringify(envelope));
    await put('new/enveloped', text('enveloped'));
    await put('new/another', text('another'));
    await put('new/without-recipient', text('without-recipient', ''));
  }

  /** What must hold after a watch that was killed, and one that went on. */
  async function faultsOf(folder: string, run: string): Promise<string[]> {
    const sent = delivered(run);
    const faults: string[] = [];
    const places = new Map<string, string[]>();
    for (const place of ['new', 'sending', 'sent', 'refused', 'unknown']) {
      for (const name of await namesIn(folder, place)) {
        const text = await readFile(join(folder, place, name), 'utf8');
        const subject = /^Subject: \S+ (\S+)$/m.exec(text)?.[1];
        if (subject === undefined) continue;
        places.set(subject, [...(places.get(subject) ?? []), place]);
      }
    }
    for (const name of MESSAGES) {
      const times = sent.filter(({ subject }) => subject === `${run} ${name}`).length;
      const [place, ...others] = places.get(name) ?? [];
      const where = `${name}: sent ${times} times, and in ${place} ${others}`;
      const isDone = times === 1 && (place === undefined || place === 'sent');
      const isUnknown = times <= 1 && place === 'unknown';
      const isRight = {
        'without-recipient': times === 0 && place === 'refused',
        'left-in-sending': times === 0 && place === 'unknown',
      }[name];
      if (others.length > 0 || !(isRight ?? (isDone || isUnknown))) faults.push(where);
    }
    if (places.get('enveloped')?.[0] === 'unknown') {
      const beside = await namesIn(folder, 'unknown');
      if (!beside.includes('enveloped.envelope')) faults.push('unknown without its envelope');
    }
    for (const { subject, raw } of sent) {
      const bcc = valuesOf(takeApart(raw), 'bcc').join();
      const isRight = bcc.includes('hidden@') === subject.endsWith('enveloped');
      if (!isRight) faults.push(`${subject} left for others: ${bcc}`);
    }
    return faults;
  }

  /** Two watches one after another, the first of them killed at a point. */
  async function runKilledAt(point: number | null) {
    const run = `run-${point ?? 'whole'}`;
    const folder = await newSpool();
    await fill(folder, run);
    const log = join(workspace.folder, `points-of-${run}`);
    const env = {
      NODE_OPTIONS: `${workspace.env.NODE_OPTIONS} --import ${HOOK}`,
      FAULT_LOG: log,
      FAULT_FOLDER: folder,
      FAULT_POINT: point === null ? undefined : String(point),
    };
    const first = await untilEmpty(watch(folder, env, '--keep', '0'), folder);
    const points = await readPoints(log);
    const next =
      point === null ? first : await untilEmpty(watch(folder, {}, '--keep', '0'), folder);
    const faults = await faultsOf(folder, run);
    if (next.code !== 0) faults.push(`ended with ${next.code}: ${next.stderr}`);
    await rm(folder, { recursive: true });
    return { points, wasKilled: first.signal === 'SIGKILL', faults };
  }

  test('each message is in one place, or was sent once', async () => {
    const whole = await runKilledAt(null);
    expect(whole).toMatchObject({ wasKilled: false, faults: [] });
    const offset = Math.floor(randomOf('Where a watch is killed')() * EVERY);
    const chosen = whole.points.map((_, at) => at + 1).filter((at) => at % EVERY === offset);
    let killed = 0;
    const faults: string[] = [];
    const worker = async () => {
      for (let point = chosen.pop(); point !== undefined; point = chosen.pop()) {
        const run = await runKilledAt(point);
        if (run.wasKilled) killed += 1;
        const { when, what } = run.points[0] ?? {};
        faults.push(...run.faults.map((fault) => `point ${point} (${when} ${what}): ${fault}`));
      }
    };
    const count = chosen.length;
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    process.stdout.write(`A watch: ${whole.points.length} points, killed ${killed} times\n`);
    expect(faults).toEqual([]);
    // The last points may not come in each run: what is written when depends on how long things take.
    expect(killed).toBeGreaterThan(count / 2);
  }, 900_000);
});

describe('stopped for a night', () => {
  let clock: string;
  let one: RunningProgram;

  beforeEach(async () => {
    clock = join(spool, '.clock');
    await moveClock({});
  });
  afterEach(async () => {
    one.child.kill('SIGKILL');
    await one.ended;
  });

  const moveClock = ({ sleptMs = 0, setMs = 0 }) =>
    writeFile(clock, JSON.stringify({ sleptMs, setMs }));
  const start = (...more: string[]) => {
    const env = {
      NODE_OPTIONS: `${workspace.env.NODE_OPTIONS} --require=${MOVING_CLOCK}`,
      TEST_CLOCK_FILE: clock,
    };
    one = watch(spool, env, ...more);
  };
  const has = async (text: string) => {
    while (!one.output().stdout.includes(text)) await sleep(50);
  };
  const put = (name: string, of: string) =>
    writeFile(join(spool, 'new', name), `To: a@x.example\nSubject: ${of} ${name}\n\nBody.\n`);

  const NIGHTS: readonly [string, Parameters<typeof moveClock>[0]][] = [
    ['asleep', { sleptMs: 9 * HOUR_MS }],
    ['asleep, and its clock set ahead by years', { sleptMs: 9 * HOUR_MS, setMs: 30_000 * HOUR_MS }],
    ['asleep, and its clock set back by years', { sleptMs: 9 * HOUR_MS, setMs: -30_000 * HOUR_MS }],
  ];
  test.each(NIGHTS)(
    'what waited is sent, and not given up: %s',
    async (what, night) => {
      const of = `night-${what.length}`;
      google.misbehave('send', { kind: 'answer', status: 429, body: { error: { code: 429 } } });
      await put('waits', of);
      start('--give-up', '0.2');
      await has('"event":"pause"');
      one.child.kill('SIGSTOP');
      await moveClock(night);
      google.behave();
      one.child.kill('SIGCONT');
      await has('"file":"waits","outcome":"sent"');
      expect(delivered(of)).toHaveLength(1);
      expect(await namesIn(spool, 'refused')).toEqual([]);
    },
    60_000,
  );

  test('what was handed over when it stopped is not sent twice', async () => {
    google.misbehave('send', { kind: 'delay', ms: 3_000, when: 'after' });
    await put('on-its-way', 'stopped');
    start();
    while (delivered('stopped').length === 0) await sleep(50);
    one.child.kill('SIGSTOP');
    await moveClock({ sleptMs: 9 * HOUR_MS });
    google.behave();
    one.child.kill('SIGCONT');
    await has('"file":"on-its-way","outcome":');
    await put('later', 'stopped');
    await has('"file":"later","outcome":"sent"');
    expect(delivered('stopped')).toHaveLength(2);
  }, 60_000);
});
