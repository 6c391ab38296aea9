/** What asks the program to end, and what ends without having finished: one end, told once, with a true exit code. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { PreparedWorkspace } from '../support/prepared.js';
import type { RunningProgram } from '../support/program.js';
import { useStandIn } from '../support/use-stand-in.js';

const { google, prepared } = useStandIn();

/** More than a signal's echo takes, in milliseconds. */
const LATER_MS = 400;

/** Loads a change into the program, as its first code. */
async function withHook(workspace: PreparedWorkspace, code: string) {
  const path = join(workspace.folder, 'hook.mjs');
  await writeFile(path, code);
  return { env: { NODE_OPTIONS: `--import=${path}` } };
}

/** A record that is never put in its place; what it writes tells the test that it was asked to. */
const HANGING = `import fs from 'node:fs';
fs.promises.rename = () => { process.stderr.write('asked\\n'); return new Promise(() => undefined); };
`;
const CHANGE = ['site', 'set', '--login', 'new@harbour-physio.example', '--json'];
const STAYING = 'setInterval(() => undefined, 1000);\n';

async function says(running: RunningProgram, words: string): Promise<void> {
  while (!running.output().stderr.includes(words)) {
    await new Promise((resolve) => running.child.stderr.once('data', resolve));
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a signal', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends a sign-in with %i, and with one error event', async (signal, code) => {
    const workspace = await prepared.at('smtp');
    const running = workspace.start(['sign-in', '--json']);
    await workspace.nextUrl();
    running.child.kill(signal);
    const run = await running.ended;
    expect(run).toMatchObject({
      ...{ code, signal: null },
      error: { code: 'interrupted', exitCode: code },
    });
    expect(run.events.filter(({ event }) => event !== 'step')).toHaveLength(1);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s to a run that was started without NODE_DEBUG ends both', async (signal, code) => {
    const workspace = await prepared.at('smtp');
    const running = workspace.start(['sign-in', '--json'], { env: { NODE_DEBUG: 'http' } });
    await workspace.nextUrl();
    running.child.kill(signal);
    // Both hold standard output: it closes when the last of them has ended.
    const run = await running.ended;
    expect(run).toMatchObject({
      ...{ code, signal: null },
      error: { code: 'interrupted', exitCode: code },
    });
  });

  test('while Gmail is answering leaves one last event, and nothing is removed after it', async () => {
    const workspace = await prepared.at('connected');
    google.misbehave('send', { kind: 'delay', ms: Number.POSITIVE_INFINITY, when: 'after' });
    const before = google.messages.length;
    const running = workspace.start(['migrate', '--yes', '--json']);
    while (google.messages.length === before) await pause(25);
    running.child.kill('SIGINT');
    const run = await running.ended;
    expect(run.code).toBe(130);
    expect(run.events.filter(({ event }) => event === 'error' || event === 'result')).toEqual([
      run.error,
    ]);
    expect(await workspace.record()).toMatchObject({ smtp: { password: { slot: 'a' } } });
  });
});

describe('a command that does not hear Ctrl-C', () => {
  test('is ended all the same, and says so', async () => {
    const workspace = await prepared.at('smtp');
    const hook = await withHook(workspace, HANGING + STAYING);
    const running = workspace.start(CHANGE, hook);
    await says(running, 'asked');
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, error: { code: 'interrupted' } });
  });

  test('is ended at once by the second, and not by an echo of the first', async () => {
    const workspace = await prepared.at('smtp');
    const hook = await withHook(workspace, HANGING + STAYING);
    const once = workspace.start(CHANGE, hook);
    // Of a site of its own: one run at a time may change one.
    const other = await prepared.at('smtp');
    const twice = other.start(CHANGE, hook);
    await Promise.all([says(once, 'asked'), says(twice, 'asked')]);
    once.child.kill('SIGINT');
    once.child.kill('SIGINT');
    twice.child.kill('SIGINT');
    await pause(LATER_MS);
    twice.child.kill('SIGINT');
    expect(await twice.ended).toMatchObject({ code: 130, stdout: '' });
    expect(await once.ended).toMatchObject({ code: 130, error: { code: 'interrupted' } });
  });
});

describe('a program that has nothing left to do, and has not finished', () => {
  test('is no success: internal, with 1', async () => {
    const workspace = await prepared.at('smtp');
    const run = await workspace.run(CHANGE, await withHook(workspace, HANGING));
    expect(run).toMatchObject({ code: 1, error: { code: 'internal', exitCode: 1 } });
    expect(run.error?.message).toContain('before its work was finished');
  });

  test('is a cancel where a question was open: 130, and it says so', async () => {
    const workspace = await prepared.at('empty');
    // A terminal that nobody types at, and that does not keep the program running.
    const terminal = `import { Readable } from 'node:stream';
const stdin = Object.assign(new Readable({ read() {} }), { isTTY: true, fd: 0, setRawMode() { return stdin; } });
Object.defineProperty(process, 'stdin', { value: stdin });
process.stderr.isTTY = true;
`;
    const run = await workspace.run(['site', 'add'], await withHook(workspace, terminal));
    expect(run.code).toBe(130);
    expect(run.stderr).toContain('Stopped.');
    expect(run.stdout).toBe('');
  });

  test('does not end with 0 even if a library ends it', async () => {
    const workspace = await prepared.at('smtp');
    const ending = "import fs from 'node:fs';\nfs.promises.rename = () => process.exit();\n";
    const run = await workspace.run(CHANGE, await withHook(workspace, ending));
    expect(run.code).toBe(1);
  });
});
