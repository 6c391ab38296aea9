/** Opens an address in the person's browser, and tells whether anything could. */

import { type ChildProcess, spawn } from 'node:child_process';
import open from 'open';

/** How long to watch for an opener that gives up, in milliseconds. Browsers started directly stay running. */
const WATCH_MS = 3_000;

/**
 * Opens the address. `open` resolves before the opener has tried, so its exit is watched:
 * xdg-open ends with 3 or 4 when no browser can be started.
 *
 * @param named what BROWSER names. xdg-open reads that itself; what opens addresses on macOS and Windows does not
 * @returns whether a browser was, as far as can be told, started
 */
export async function openBrowser(
  address: string,
  named: string | undefined,
  platform = process.platform,
): Promise<boolean> {
  try {
    const isRead = platform === 'linux' || named === undefined || named === '';
    const opener = isRead ? await open(address) : start(named, address);
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(true), WATCH_MS);
      const settle = (isOpened: boolean) => {
        clearTimeout(timer);
        resolve(isOpened);
      };
      opener.once('error', () => settle(false));
      opener.once('exit', (code) => settle(code === 0));
    });
  } catch {
    return false;
  }
}

/** It may outlive this program, and never holds it open. */
function start(program: string, address: string): ChildProcess {
  const child = spawn(program, [address], { detached: true, stdio: 'ignore' });
  child.unref();
  return child;
}
