/**
 * Windows for tests, by Wine: a computer of its own, with Windows's file locks and Credential Manager. Standard streams
 * must be files there: Node.js does not take Wine's pipes.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Where Debian has them: without the part for 32 bits nothing is on PATH. */
const WINE = '/usr/lib/wine/wine64';
const SERVER = '/usr/lib/wine/wineserver64';

/** How long anything may take to show, in milliseconds: an upper limit for a busy machine. */
const PATIENCE_MS = 120_000;

export interface WineRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WineProcess {
  readonly ended: Promise<WineRun>;
  /** Waits for a text on standard output or standard error. */
  see(text: string): Promise<void>;
  kill(): void;
}

export interface WineOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** A window of cmd in which a file was double-clicked. */
export interface WineWindow {
  /** Waits until this shows after where the last wait ended; without blanks, since Wine draws lines in pieces. */
  see(text: string): Promise<void>;
  /** Types a line. */
  type(line: string): Promise<void>;
  /** The exit code, once the window has closed. */
  ended(): Promise<number>;
}

export interface Wine {
  /** A folder of the test's own, and the prefix in it. */
  readonly folder: string;
  /** Starts a program of Windows. */
  start(args: readonly string[], options?: WineOptions): WineProcess;
  /** Runs lines of a batch file. */
  batch(lines: readonly string[], options?: WineOptions): Promise<WineRun>;
  /** The next address that was handed to the browser by Windows's own way, or that is. */
  nextAddress(): Promise<string>;
  /** The same, if there is one by now. */
  newAddress(): Promise<string | null>;
  /** @param dropped a file that was dragged on to it */
  doubleClick(
    folder: string,
    file: string,
    env: NodeJS.ProcessEnv,
    dropped?: string,
  ): Promise<WineWindow>;
  close(): Promise<void>;
}

/** What Windows calls a path of this computer. */
export function onWindows(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

export async function startWine(): Promise<Wine> {
  const folder = await mkdtemp(join(tmpdir(), 'wine-'));
  const addresses = join(folder, 'addresses');
  const browser = join(folder, 'browser');
  const socket = `wine-${process.pid}`;
  await mkdir(join(folder, 'home'));
  await mkdir(join(folder, 'tmp'));
  await writeFile(addresses, '');
  await writeFile(browser, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${addresses}'\n`);
  await chmod(browser, 0o755);
  const own: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: join(folder, 'home'),
    // Its server leaves a folder there.
    TMPDIR: join(folder, 'tmp'),
    LANG: 'C.UTF-8',
    WINEPREFIX: join(folder, 'prefix'),
    WINEDEBUG: '-all',
  };
  let count = 0;
  let opened = 0;

  function start(
    args: readonly string[],
    { cwd = folder, env = {}, input = '' }: WineOptions = {},
  ): WineProcess {
    count += 1;
    const [given, out, err] = ['in', 'out', 'err'].map((name) => join(folder, `${count}.${name}`));
    writeFileSync(given as string, input);
    const files = [openSync(given as string, 'r'), openSync(out as string, 'w')];
    files.push(openSync(err as string, 'w'));
    const child = spawn(WINE, args, { cwd, env: { ...own, ...env }, stdio: files });
    for (const file of files) closeSync(file);
    const said = () => ({
      stdout: readFileSync(out as string, 'utf8'),
      stderr: readFileSync(err as string, 'utf8'),
    });
    const ended = once(child, 'exit').then(([code]) => ({ code: Number(code ?? -1), ...said() }));
    return {
      ended,
      see: (text) => until(text, child, () => Object.values(said()).join('\n').includes(text)),
      kill: () => void child.kill('SIGKILL'),
    };
  }

  async function newAddress(): Promise<string | null> {
    const address = (await readFile(addresses, 'utf8')).split('\n')[opened];
    if (!address) return null;
    opened += 1;
    return address;
  }

  async function doubleClick(kit: string, file: string, env: NodeJS.ProcessEnv, dropped = '') {
    count += 1;
    const name = `w${count}`;
    const codeFile = join(folder, `${name}.code`);
    const script = join(folder, `${name}.sh`);
    // As Explorer starts it: a command line of Wine's own making would take two names in quotes apart.
    const starter = join(folder, `${name}.cmd`);
    const call = `@call "${file}"${dropped === '' ? '' : ' "%DROPPED%"'}`;
    await writeFile(starter, `${call}\r\n@exit /b %ERRORLEVEL%\r\n`);
    const lines = [
      `cd '${kit}'`,
      `DROPPED='${onWindows(dropped)}' ${WINE} cmd /c '${onWindows(starter)}'`,
      `echo $? > '${codeFile}'`,
    ];
    await writeFile(script, `${lines.join('\n')}\nsleep 600\n`);
    const tmux = async (...args: string[]) =>
      (await execute('tmux', ['-L', socket, ...args], { env: { ...own, ...env } })).stdout;
    const size = ['-x', '160', '-y', '200'];
    // A server of an earlier window would have the environment of that one.
    const settings = Object.entries({ ...own, ...env }).flatMap(([key, value]) => [
      '-e',
      `${key}=${value}`,
    ]);
    await tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-s',
      name,
      ...size,
      ...settings,
      `sh '${script}'`,
    );
    let from = 0;
    const screen = async () => (await tmux('capture-pane', '-p', '-t', name)).replace(/\s+/g, '');
    return {
      async see(text: string) {
        const squeezed = text.replace(/\s+/g, '');
        await until(
          text,
          null,
          async () => {
            const at = (await screen()).indexOf(squeezed, from);
            if (at >= 0) from = at + squeezed.length;
            return at >= 0;
          },
          screen,
        );
      },
      async type(line: string) {
        if (line !== '') await tmux('send-keys', '-t', name, '-l', line);
        await sleep(500);
        await tmux('send-keys', '-t', name, 'Enter');
      },
      async ended() {
        const code = () => readFile(codeFile, 'utf8').catch(() => '');
        await until('the end of the window', null, async () => (await code()) !== '', screen);
        await tmux('kill-session', '-t', name);
        return Number(await code());
      },
    };
  }

  const wine: Wine = {
    folder,
    start,
    async batch(lines, options) {
      count += 1;
      const path = join(folder, `${count}.cmd`);
      await writeFile(path, ['@echo off', ...lines].map((line) => `${line}\r\n`).join(''));
      return start(['cmd', '/c', onWindows(path)], options).ended;
    },
    newAddress,
    async nextAddress() {
      let address: string | null = null;
      await until('an address', null, async () => {
        address = await newAddress();
        return address !== null;
      });
      return address ?? '';
    },
    doubleClick,
    async close() {
      await execute('tmux', ['-L', socket, 'kill-server'], { env: own }).catch(() => undefined);
      await execute(SERVER, ['-k'], { env: own }).catch(() => undefined);
      await execute(SERVER, ['-w'], { env: own }).catch(() => undefined);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await start(['wineboot', '-i']).ended;
  // Kept between programs, so that each need not start it again.
  await execute(SERVER, ['-p'], { env: own }).catch(() => undefined);
  await wine.batch([
    'reg add HKCU\\Software\\Wine /v Version /d win10 /f',
    `reg add HKCU\\Software\\Wine\\WineBrowser /v Browsers /d ${browser} /f`,
  ]);
  return wine;
}

/** Looks again and again. @param child what must not end before */
async function until(
  what: string,
  child: ChildProcess | null,
  isThere: () => boolean | Promise<boolean>,
  shown: () => string | Promise<string> = () => '',
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const hasEnded = child !== null && child.exitCode !== null;
    if (await isThere()) return;
    if (hasEnded || Date.now() > deadline)
      throw new Error(`"${what}" did not show: ${await shown()}`);
    await sleep(100);
  }
}
