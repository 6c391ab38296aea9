/**
 * `npm run mutants -- PATH…`: changes the code under each PATH in small ways, one at a time, and reports which changes
 * no test notices. It runs the in-memory tests that reach the code; what only processes, databases and terminals show
 * is not seen here.
 *
 *   --minutes N   how long at most, for each path (10)
 *   --seed N      the order to try them in, if there is no time for all (1)
 *   --tests TEXT  only test files whose path contains TEXT
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { numbersFrom } from '../../test/support/random.js';
import { instrument, type Mutant } from './instrument.js';
import type { Message, Plan } from './runner.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const own = (file: string) => fileURLToPath(new URL(`./${file}.js`, import.meta.url));

/**
 * Tests of the built program, and tests that take long for what they reach; those that need a part of the system are
 * skipped.
 */
const NOT_IN_MEMORY = [
  ...['test/cli/(?!roads)', 'test/durability/', 'test/package/', 'test/docs/', 'test/demo/'],
  ...['test/security/', 'test/windows/', 'test/stand-in/', 'test/architecture', 'test/model/'],
  ...['test/look/news-simulation', 'test/stores/(?!in-memory)', 'test/credentials/vault'],
];

/** In milliseconds: a test file that takes longer is left out. */
const TEST_MAX_MS = 30_000;

/** In milliseconds: a mutant is tried on its quickest tests, its own first, until together they took this long. */
const TESTS_MAX_MS = 20_000;

/** In milliseconds: a run that is silent for this long hangs, with a mutant and without one. */
const SILENCE_MS = { mutant: 60_000, none: 10 * 60_000 };

type Outcome = 'noticed' | 'survived' | 'ended the run';

interface Tried extends Mutant {
  readonly name: string;
  readonly file: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    tests: { type: 'string', default: '' },
  },
});
if (positionals.length === 0) {
  process.stderr.write('Name folders or files: npm run mutants -- src/sites\n');
  process.exit(2);
}
const targets = positionals.map((path) => relative(ROOT, resolve(path)));
const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
try {
  await tryAll(Number(values.minutes) * targets.length * 60_000 + performance.now());
} finally {
  rmSync(folder, { recursive: true });
}

async function tryAll(deadline: number): Promise<void> {
  const files = targets.flatMap((target) => filesIn(join(ROOT, target)));
  const all: Tried[] = files.flatMap((file) => {
    const name = relative(ROOT, file);
    const { mutants } = instrument(readFileSync(file, 'utf8'), name);
    return mutants.map((mutant) => ({ ...mutant, file: name, name: `${name}#${mutant.number}` }));
  });
  const config = writeConfig(files);
  const tests = relatedTests(config, files);
  const known: Extract<Message, { kind: 'test' }>[] = [];
  await run(config, { mutants: null }, tests, (message) => {
    if (message.kind !== 'test') return;
    const { path: test, isWell, ms } = message;
    if (isWell && ms < TEST_MAX_MS) known.push(message);
    else {
      const why = isWell ? `takes ${Math.round(ms / 1000)} s` : 'fails without any change';
      process.stderr.write(`Left out: ${relative(ROOT, test)} (${why})\n`);
    }
  });
  // Otherwise every mutant would look as if no test reached it.
  if (!known.some(({ reached }) => reached.length > 0)) {
    throw new Error('the tests could not be run, or none of them comes by this code');
  }
  const testsOf = ({ name, file }: Tried) => {
    const isOwn = (test: string) => basename(test, '.test.ts') === basename(file, '.ts');
    let spent = 0;
    return known
      .filter(({ reached }) => reached.includes(name))
      .sort(
        (one, other) =>
          one.ms / (isOwn(one.path) ? 20 : 1) - other.ms / (isOwn(other.path) ? 20 : 1),
      )
      .filter(({ ms }) => {
        spent += ms;
        return spent <= TESTS_MAX_MS;
      })
      .map(({ path: test, calls }) => ({ path: test, most: calls * 30 + 100_000 }));
  };
  const todo = shuffled(all, Number(values.seed)).map((mutant) => ({
    name: mutant.name,
    tests: testsOf(mutant),
  }));
  const reached = todo.filter(({ tests: those }) => those.length > 0);
  const outcome = await tryEach(config, reached, deadline);
  const names = new Set(reached.map(({ name }) => name));
  for (const target of targets) {
    const isIn = ({ file }: Tried) => file === target || file.startsWith(`${target}/`);
    tell(target, all.filter(isIn), names, outcome);
  }
}

/** Until all have been tried or time is up. */
async function tryEach(
  config: string,
  todo: NonNullable<Plan['mutants']>,
  deadline: number,
): Promise<Map<string, Outcome>> {
  const outcome = new Map<string, Outcome>();
  for (;;) {
    const left = todo.filter(({ name }) => !outcome.has(name));
    if (left.length === 0 || performance.now() > deadline) return outcome;
    const tests = [...new Set(left.flatMap((one) => one.tests.map((test) => test.path)))];
    let current: string | null = null;
    const tried = outcome.size;
    await run(config, { mutants: left }, tests, (message, child) => {
      if (message.kind === 'begun') current = message.name;
      if (message.kind !== 'mutant') return;
      outcome.set(message.name, message.isNoticed ? 'noticed' : 'survived');
      current = null;
      if (performance.now() > deadline) child.kill('SIGKILL');
    });
    // Whatever ended the process, the mutant caused it: it hangs, or nobody could overlook it.
    if (current !== null && performance.now() < deadline) outcome.set(current, 'ended the run');
    if (outcome.size === tried && performance.now() < deadline) {
      throw new Error('the tests end before the first mutant is tried');
    }
  }
}

/** Runs jest once. */
async function run(
  config: string,
  plan: Plan,
  tests: readonly string[],
  take: (message: Message, child: ChildProcess) => void,
): Promise<void> {
  const planFile = join(folder, 'plan.json');
  writeFileSync(planFile, JSON.stringify(plan));
  const child = spawn(
    process.execPath,
    jestWith(config, '--runInBand', '--runTestsByPath', ...tests),
    {
      cwd: ROOT,
      env: { ...process.env, CI: '', TEST_IN_MEMORY: '1', MUTANTS_PLAN: planFile },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  const end = () => child.kill('SIGKILL');
  const most = plan.mutants === null ? SILENCE_MS.none : SILENCE_MS.mutant;
  let silence = setTimeout(end, most * 3);
  child.on('message', (message: Message) => {
    clearTimeout(silence);
    silence = setTimeout(end, most);
    take(message, child);
  });
  process.once('exit', end);
  await once(child, 'close');
  process.off('exit', end);
  clearTimeout(silence);
  // Otherwise the code that the remaining tests reach would look as if no test reached it.
  if (plan.mutants === null && child.killed) throw new Error('the tests take too long');
}

function jestWith(config: string, ...args: readonly string[]): string[] {
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  return [...node, 'node_modules/jest/bin/jest.js', '--config', config, ...args];
}

/** The project's own configuration, except for the files under test. */
function writeConfig(files: readonly string[]): string {
  const { jest } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [[pattern, [, options]]] = Object.entries<[string, object]>(jest.transform) as [
    [string, [string, object]],
  ];
  const config = {
    ...jest,
    rootDir: ROOT,
    // Else jest would not know which tests are related to the code.
    roots: ['<rootDir>/src', '<rootDir>/test'],
    runner: own('runner'),
    testEnvironment: own('environment'),
    transform: {
      ...Object.fromEntries(
        files.map((file) => [`^${escaped(file)}$`, [own('transform'), options]]),
      ),
      [pattern]: jest.transform[pattern],
    },
    testPathIgnorePatterns: NOT_IN_MEMORY,
    cacheDirectory: join(folder, 'cache'),
    testTimeout: 10_000,
    reporters: [],
    silent: true,
  };
  const file = join(folder, 'jest.config.json');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function relatedTests(config: string, files: readonly string[]): string[] {
  const args = jestWith(config, '--listTests', '--findRelatedTests', ...files);
  const { stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line.endsWith('.test.ts') && line.includes(values.tests));
}

function filesIn(target: string): string[] {
  if (statSync(target).isFile()) return [target];
  return readdirSync(target, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(target, name))
    .sort();
}

function tell(
  target: string,
  all: readonly Tried[],
  reached: ReadonlySet<string>,
  outcome: ReadonlyMap<string, Outcome>,
): void {
  const tried = all.filter(({ name }) => outcome.has(name));
  const survived = all.filter(({ name }) => outcome.get(name) === 'survived');
  const unreached = all.filter(({ name }) => !reached.has(name));
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const lines = (mutants: readonly Tried[]) => {
    for (const { file, line, was, becomes } of mutants)
      say(`  ${file}:${line}  ${was}  →  ${becomes}`);
  };
  say('No in-memory test reaches these:');
  lines(unreached);
  say('No test notices these:');
  lines(survived);
  const noticed = tried.length - survived.length;
  const percent = Math.round((100 * noticed) / Math.max(1, tried.length));
  const ended = tried.filter(({ name }) => outcome.get(name) === 'ended the run').length;
  const left = all.length - unreached.length - tried.length;
  say(
    `${target}: ${noticed} of ${tried.length} noticed (${percent} %), ${ended} of them by a run that hung or broke off; ${unreached.length} of ${all.length} are reached by no test in memory; ${left} were not tried (seed ${values.seed}).`,
  );
}

/** The Fisher–Yates shuffle. */
function shuffled<T>(values: readonly T[], seed: number): T[] {
  const found = [...values];
  const random = numbersFrom(seed);
  for (let index = found.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [found[index], found[other]] = [found[other] as T, found[index] as T];
  }
  return found;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
