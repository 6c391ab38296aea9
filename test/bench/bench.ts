/** `npm run bench`: how long the program takes to start and to send, measured against Node.js alone. Nothing is asserted. */

import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startGoogle } from '../google/stand-in.js';
import { type BenchComputer, newBenchComputer } from './computer.js';

/** Seen from build/test/bench. */
const PROGRAM = fileURLToPath(new URL('../../../bin/writeupp-mail.js', import.meta.url));
const ROUNDS = 15;
/** How many messages the loop sends, one process each, as a script would. */
const LOOP = 100;

interface Task {
  readonly name: string;
  readonly args: readonly string[];
  readonly input?: string;
}

const MESSAGE = [
  'From: info@harbour-physio.example',
  'To: jane@harbour-physio.example',
  'Subject: Bench',
  '',
  'A message to be timed.',
  '',
].join('\r\n');

const NODE: Task = { name: 'node -e 0', args: ['-e', '0'] };
const SEND: Task = { name: 'send', args: [PROGRAM, 'send'], input: MESSAGE };
const TASKS: readonly Task[] = [
  NODE,
  { name: '--version', args: [PROGRAM, '--version'] },
  { name: '--help', args: [PROGRAM, '--help'] },
  { name: 'status', args: [PROGRAM, 'status'] },
  { name: 'test-connection', args: [PROGRAM, 'test-connection'] },
  SEND,
];

const google = await startGoogle();
const computer = await newBenchComputer(google, PROGRAM);
try {
  print(await measure(computer));
  await printLoop(computer);
} finally {
  await google.close();
  await rm(computer.folder, { recursive: true, force: true });
}

/** Times every task once a round, so that a slow moment of the machine meets all of them. In milliseconds. */
async function measure({ env }: BenchComputer): Promise<Map<Task, number[]>> {
  const times = new Map<Task, number[]>(TASKS.map((task) => [task, []]));
  // The first round fills the caches of the file system and is not counted.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [task, taken] of times) {
      const time = await timeOnce(task, env);
      if (round > 0) taken.push(time);
    }
  }
  return times;
}

function timeOnce({ name, args, input = '' }: Task, env: NodeJS.ProcessEnv): Promise<number> {
  const start = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code) => {
      const took = Number(process.hrtime.bigint() - start) / 1e6;
      if (code === 0) resolve(took);
      else reject(new Error(`${name} ended with exit code ${code}`));
    });
  });
}

/** The rate of sending one message after another with a warm token. */
async function printLoop({ env }: BenchComputer): Promise<void> {
  let total = 0;
  for (let sent = 0; sent < LOOP; sent += 1) total += await timeOnce(SEND, env);
  const rate = (LOOP / total) * 1000;
  process.stdout.write(
    `\n${LOOP} messages by send, one after another: ${rate.toFixed(2)} a second\n`,
  );
}

function print(times: ReadonlyMap<Task, readonly number[]>): void {
  const base = median(times.get(NODE) ?? []);
  process.stdout.write(`Medians of ${ROUNDS} runs, taken in turns; Google is a stand-in.\n\n`);
  process.stdout.write(`${'command'.padEnd(16)}${'ms'.padStart(6)}${'times node'.padStart(13)}\n`);
  for (const [{ name }, taken] of times) {
    const middle = median(taken);
    const cells = [
      name.padEnd(16),
      middle.toFixed(0).padStart(6),
      (middle / base).toFixed(2).padStart(13),
    ];
    process.stdout.write(`${cells.join('')}\n`);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
