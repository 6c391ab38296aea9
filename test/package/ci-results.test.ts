/** The judge of the whole check: a skipped test has failed, and what passed only the second time is named as flaky. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);

test('a skip counts as a failure, and what passes the second time is named as flaky', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ci-results-'));
  const file = (name: string, status: string, ...tests: string[]) => ({
    ...{ name, status },
    assertionResults: tests.map((one, at) => ({ status: one, fullName: `test ${at}` })),
  });
  const write = (name: string, ...testResults: readonly unknown[]) =>
    writeFile(join(folder, name), JSON.stringify({ testResults }));
  const judge = (what: string) =>
    run(process.execPath, ['tools/ci-results.js', folder, 'short', what]);
  try {
    await write(
      'short',
      file('well', 'passed', 'passed', 'passed'),
      file('skips', 'passed', 'passed', 'pending'),
      file('flaky', 'failed', 'failed', 'passed'),
      file('no tests', 'failed'),
    );
    await write('again-short-1', file('flaky', 'passed', 'passed', 'passed'));
    expect((await judge('files')).stdout).toBe('flaky\nno tests\n');
    const { stdout, stderr } = await judge('sum');
    expect(stdout).toBe('5 2\n');
    expect(stderr.trim().split('\n').sort()).toEqual([
      'FLAKY, failed: flaky: test 0',
      'FLAKY, passed the second time: flaky',
      'failed: no tests',
      'pending: skips: test 1',
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
