/**
 * Each fence is needed: the program with one of them taken away, in a copy, and a test that notices it. A fence that
 * nothing misses is either not a fence or not tested. (With TEST_ALL=1: each takes a run of tests, so one of eight is
 * tried, at random; MUTANTS_STEP=1 tries all, in about an hour.)
 */

import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomOf } from '../support/random.js';
import { FENCES } from './fences.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const testOfAll = process.env.TEST_ALL === '1' ? test.each : test.skip.each;
const STEP = Number(process.env.MUTANTS_STEP ?? 8);
const first = Math.floor(randomOf('Which fences are taken away')() * STEP);
const CHOSEN = FENCES.filter((_, at) => at % STEP === first);

let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'mutants-'));
  for (const name of ['package.json', 'src', 'test']) {
    await cp(join(ROOT, name), join(copy, name), { recursive: true });
  }
  // Programs of the tests are taken as they are built.
  for (const name of ['node_modules', 'build', 'dist', 'bin']) {
    await symlink(join(ROOT, name), join(copy, name));
  }
});
afterAll(() => rm(copy, { recursive: true }));

/** Runs tests on the copy; the lines that count them. */
function run(tests: readonly string[]): Promise<string> {
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const child = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      jest,
      '--forceExit',
      ...tests,
    ],
    {
      cwd: copy,
      env: {
        ...process.env,
        TEST_ALL: '',
        MODEL_RUNS: '3000',
        MODEL_SHRINK: 'no',
        WATCH_RUNS: '1500',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve) => {
    child.on('close', () => resolve(/^Tests: .*$/m.exec(output)?.[0] ?? output));
  });
}

testOfAll([...new Set(CHOSEN.map(({ noticedBy }) => noticedBy))].map((tests) => ({ tests })))(
  'with every fence in its place $tests passes',
  async ({ tests }) => {
    expect(await run(tests)).toMatch(/^Tests: +(?:\d+ skipped, )?\d+ passed/);
  },
  600_000,
);

testOfAll(CHOSEN)(
  'without $without',
  async ({ file, replace, noticedBy }) => {
    const path = join(copy, file);
    const whole = await readFile(path, 'utf8');
    let text = whole;
    for (const [code, by] of replace) text = text.replace(code, by);
    await writeFile(path, text);
    try {
      expect(await run(noticedBy)).toMatch(/^Tests: +\d+ failed/);
    } finally {
      await writeFile(path, whole);
    }
  },
  600_000,
);
