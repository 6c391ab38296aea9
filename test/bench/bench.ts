/**
 * `npm run bench`: how long the program takes to start and to send, as a ratio to `node -e 0`, and what memory it
 * takes. Nothing is asserted: a figure over its target is marked, and a person judges how quiet the machine was.
 *
 * `npm run bench -- --node PATH` times another Node.js; `--rounds N` takes more or fewer; `--starts` times only what
 * starts once, `--many` only the runs over many sites, and `--ten-thousand` one of that size as well.
 */

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startGoogle } from '../stand-in/stand-in.js';
import { findProgram } from '../support/find-program.js';
import {
  addCopies,
  type BenchComputer,
  keychainComputer,
  type Timed,
  vaultComputer,
} from './computer.js';
import { benchManySites } from './many.js';

const { values } = parseArgs({
  options: {
    node: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    starts: { type: 'boolean', default: false },
    many: { type: 'boolean', default: false },
    'ten-thousand': { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(values.rounds);
const TIMED: Timed = {
  node: values.node ?? process.execPath,
  /** Seen from build/test/bench. */
  program: fileURLToPath(new URL('../../../bin/writeupp-mail.js', import.meta.url)),
};
const COUNTING = fileURLToPath(new URL('../../../test/bench/peak-memory.cjs', import.meta.url));
const SITES = 10_000;
const BATCH = 300;

interface Task {
  readonly name: string;
  readonly args: readonly string[];
  readonly computer: BenchComputer;
  readonly input?: string;
  /** At most so many times as long as `node -e 0`. */
  readonly target?: number;
}

const MESSAGE = [
  'From: info@harbour-physio.example',
  'To: jane@harbour-physio.example',
  'Subject: Bench',
  '',
  'A message to be timed.',
  '',
].join('\r\n');

if (!values.starts) {
  await benchManySites(TIMED, [100, 1_000, ...(values['ten-thousand'] ? [10_000] : [])]);
}
if (values.many) process.exit();

const google = await startGoogle();
const computers: BenchComputer[] = [];
try {
  const vault = await vaultComputer(google, TIMED);
  computers.push(vault);
  const byKeychain: Task[] = [];
  if (findProgram('gnome-keyring-daemon') === undefined) {
    process.stdout.write('No gnome-keyring here: sending by the keychain is not timed.\n');
  } else {
    const computer = await keychainComputer(google, TIMED);
    computers.push(computer);
    const [name, args] = ['send, by keychain', [TIMED.program, 'send']];
    byKeychain.push({ name, args, computer, input: MESSAGE, target: 8 });
  }
  const task = (name: string, args: readonly string[], more: Partial<Task> = {}): Task => ({
    name,
    args: [TIMED.program, ...args],
    computer: vault,
    ...more,
  });
  const node: Task = { name: 'node -e 0', args: ['-e', '0'], computer: vault };
  report(
    node,
    await measure([
      node,
      task('--version', ['--version'], { target: 1.1 }),
      task('--help', ['--help'], { target: 1.35 }),
      task('(nothing)', [], { target: 1.4 }),
      task('status', ['status'], { target: 1.7 }),
      task('status --json', ['status', '--json'], { target: 2 }),
      ...byKeychain,
      task('send, by vault', ['send'], { input: MESSAGE }),
      task('test-connection', ['test-connection']),
    ]),
  );
  process.stdout.write(
    `\nMemory of status: ${await peakMemory(task('status', ['status']))} (target 50 MiB)\n`,
  );
  if (!values.starts) await benchVolume(vault);
} finally {
  for (const computer of computers) await computer.remove();
  await google.close();
}

/** Many messages by one process, and many sites in one view. */
async function benchVolume(vault: BenchComputer): Promise<void> {
  for (const computer of computers) {
    process.stdout.write(`${await batchRate(computer)}\n`);
  }
  await addCopies(vault, SITES);
  const all: Task = {
    name: 'status --all',
    args: [TIMED.program, 'status', '--all', '--json'],
    computer: vault,
  };
  const times = [await timeOnce(all), await timeOnce(all), await timeOnce(all)];
  process.stdout.write(
    `status --all of ${SITES} sites: ${(median(times) / 1000).toFixed(2)} s (target 1.5 s), ${await peakMemory(all)}\n`,
  );
}

/** Times every task once a round, so that a slow moment of the machine meets all of them. */
async function measure(tasks: readonly Task[]): Promise<Map<Task, number[]>> {
  const measured = new Map<Task, number[]>(tasks.map((task) => [task, []]));
  // The first round fills the caches of the file system and is not counted.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [task, results] of measured) {
      const result = await timeOnce(task);
      if (round > 0) results.push(result);
    }
  }
  return measured;
}

function timeOnce({ name, args, computer, input = '' }: Task): Promise<number> {
  const start = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const child = spawn(TIMED.node, args, {
      env: computer.env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.stdout.resume();
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Number(process.hrtime.bigint() - start) / 1e6);
      else reject(new Error(`${name} ended with exit code ${code}`));
    });
  });
}

/** Messages a second: one process each, then a spool of them by one process. */
async function batchRate(computer: BenchComputer): Promise<string> {
  const spool = await mkdtemp(join(tmpdir(), 'bench-spool-'));
  try {
    await mkdir(join(spool, 'new'));
    for (let at = 0; at < BATCH; at += 1) await writeFile(join(spool, 'new', `${at}.eml`), MESSAGE);
    const one = { name: 'send', args: [TIMED.program, 'send'], computer, input: MESSAGE };
    const alone = await timeOnce(one);
    const args = [TIMED.program, 'send', '--batch', spool, '--settle', '0', '--json'];
    const together = await timeOnce({ name: 'send --batch', args, computer });
    const rate = (count: number, ms: number) => ((count * 1000) / ms).toFixed(1);
    const name = computer.env.WRITEUPP_MAIL_CREDENTIALS ?? 'keychain';
    return `send by the ${name}: ${rate(1, alone)} messages a second by processes, ${rate(BATCH, together)} by --batch (target 50)`;
  } finally {
    await rm(spool, { recursive: true });
  }
}

/** The most that a run ever takes, by the system's count. Not timed: counting takes time itself. */
function peakMemory({ args, computer }: Task): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(TIMED.node, ['--require', COUNTING, ...args], {
      env: computer.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.once('error', reject);
    child.once('close', () =>
      resolve(`${(Number(said.split('\n').at(-1)) / 1024).toFixed(0)} MiB`),
    );
  });
}

function report(base: Task, measured: ReadonlyMap<Task, readonly number[]>): void {
  const of = (task: Task) => median(measured.get(task) ?? []);
  const lines = [...measured.keys()].map((task) => {
    const ratio = of(task) / of(base);
    const { target } = task;
    const mark = target === undefined || ratio <= target ? '' : '  over';
    const cells = [
      task.name.padEnd(20),
      of(task).toFixed(0).padStart(6),
      ratio.toFixed(2).padStart(13),
      (target ?? '').toString().padStart(9),
    ];
    return `${cells.join('')}${mark}\n`;
  });
  process.stdout.write(
    `Medians of ${ROUNDS} runs, taken in turns; clean environment; Google is a stand-in.\n\n` +
      `${'command'.padEnd(20)}${'ms'.padStart(6)}${'times node'.padStart(13)}${'target'.padStart(9)}\n` +
      lines.join(''),
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
