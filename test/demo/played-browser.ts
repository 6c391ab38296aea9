/** A browser that nobody sees: it takes the address from the program, and plays the person on Google's pages. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { googleAddress, playPerson } from '../stand-in/person.js';

export interface PlayedBrowser extends AsyncDisposable {
  /** Makes the program open this browser. */
  readonly env: NodeJS.ProcessEnv;
}

/** Starts to wait for the address. @param origin the stand-in's: no other address is opened */
export async function playTheBrowser(
  folder: string,
  account: string,
  origin: string,
): Promise<PlayedBrowser> {
  const opener = join(folder, 'browser');
  const addresses = join(folder, 'address');
  await writeFile(opener, `#!/bin/sh\nprintf '%s\\n' "$1" > '${addresses}'\n`, { mode: 0o755 });
  const stopped = new AbortController();
  const playing = play(addresses, account, origin, stopped.signal);
  // How the sign-in ended is told by the program.
  playing.catch(() => undefined);
  return {
    env: { BROWSER: opener },
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await playing.catch(() => undefined);
    },
  };
}

async function play(
  addresses: string,
  account: string,
  origin: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(50, undefined, { signal });
    const address = await readFile(addresses, 'utf8').catch(() => '');
    if (!address.endsWith('\n')) continue;
    const url = await googleAddress(address.trim());
    if (new URL(url).origin !== origin) throw new Error('not the address of the stand-in');
    await playPerson(url, { account });
    return;
  }
}
