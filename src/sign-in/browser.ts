/** Opens an address in the person's browser, and reports whether that worked. */

import { type ChildProcess, spawn } from 'node:child_process';
import { win32 } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long starting the opener may take, in milliseconds: in WSL, it is a whole PowerShell run. */
const START_MS = 10_000;

/** How long to watch for an opener that gives up, in milliseconds. Browsers started directly stay running. */
const WATCH_MS = 3_000;

/** Starts an opener; replaced in tests. */
type Start = (address: string) => Promise<ChildProcess>;

/**
 * Opens the address and watches the opener: xdg-open, for one, exits with 3 or 4 when no browser can be started.
 *
 * @param named the value of BROWSER. xdg-open reads it itself; the openers of macOS and Windows do not
 * @returns whether a browser apparently started
 */
export async function openBrowser(
  address: string,
  named: string | undefined,
  platform = process.platform,
  start = opener(named, platform),
): Promise<boolean> {
  const ending = new AbortController();
  const after = (ms: number) => sleep(ms, undefined, { signal: ending.signal });
  try {
    const child = await Promise.race([start(address), after(START_MS)]);
    if (child === undefined) return false;
    return await Promise.race([endsWell(child), after(WATCH_MS).then(() => true)]);
  } catch {
    return false;
  } finally {
    ending.abort();
  }
}

/**
 * The program that opens an address on this system, and its arguments before the address; null to leave it to `open`.
 * On Windows, `open` would run PowerShell with an encoded command, which security software blocks.
 */
export function openerOf(
  named: string | undefined,
  platform: NodeJS.Platform,
  systemRoot = process.env.SystemRoot ?? 'C:\\Windows',
): readonly [program: string, ...args: string[]] | null {
  if (platform !== 'linux' && named !== undefined && named !== '') return [named];
  // By its full path, so that nothing of this name in the current folder is run.
  const rundll32 = win32.join(systemRoot, 'System32', 'rundll32.exe');
  return platform === 'win32' ? [rundll32, 'url.dll,FileProtocolHandler'] : null;
}

function opener(named: string | undefined, platform: NodeJS.Platform): Start {
  const found = openerOf(named, platform);
  if (found === null) return async (address) => (await import('open')).default(address);
  return (address) => run(...found, address);
}

/** Without a shell. The child may outlive this program, and never keeps it running. */
async function run(program: string, ...args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, args, { detached: true, stdio: 'ignore' });
  child.unref();
  return child;
}

function endsWell(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    // `open` waits for some openers to exit, so this one may have.
    if (child.exitCode !== null) resolve(child.exitCode === 0);
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
