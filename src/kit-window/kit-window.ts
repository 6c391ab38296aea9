/** The program behind a kit's starter, with real ports. Its argument is the path of a file dropped on the starter. */

import { spawn, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseOAuthClient, readClientText } from '../google/oauth-client-file.js';
import { openWindow } from './window.js';

/** The bundle is in app/dist of the kit. */
const PROGRAM = join(__dirname, '..', 'bin', 'writeupp-mail.js');

async function ask(question: string): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  // At the end of the input there is no answer.
  const ended = new Promise<null>((resolve) => lines.once('close', () => resolve(null)));
  try {
    return await Promise.race([lines.question(question), ended]);
  } finally {
    // The program reads from the same terminal next.
    lines.close();
  }
}

function run(...args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: 'inherit' });
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function facts(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' });
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  } catch {
    return {};
  }
}

async function clientAt(path: string): Promise<string | null> {
  try {
    const text = await readClientText(path);
    return text === null ? null : parseOAuthClient(text, path).id;
  } catch {
    // The program explains what is wrong with it.
    return null;
  }
}

// The program handles Ctrl-C: it exits in its own way, and this process after it.
process.on('SIGINT', () => undefined);
const ports = {
  kit: process.cwd(),
  downloads: join(homedir(), 'Downloads'),
  say: (...lines: readonly string[]) => console.log(lines.join('\n')),
  ...{ ask, run, facts, clientAt },
};
openWindow(ports, process.argv[2]).then((code) => {
  process.exitCode = code;
});
