/** Opens an address in the person's browser, and tells whether anything could. */

import open from 'open';

/** How long to watch for an opener that gives up, in milliseconds. Browsers started directly stay running. */
const WATCH_MS = 3_000;

/**
 * Opens the address. `open` resolves before the opener has tried, so its exit is watched:
 * xdg-open ends with 3 or 4 when no browser can be started.
 *
 * @returns whether a browser was, as far as can be told, started
 */
export async function openBrowser(address: string): Promise<boolean> {
  try {
    const opener = await open(address);
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
