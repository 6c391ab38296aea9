/** Runs the program with a person at hand, who signs in if a browser opens, however the run ends. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { googleAddress, playPerson } from '../stand-in/person.js';
import type { RunResult } from '../support/program.js';
import { ACCOUNT, type ProgramOptions, type Workspace } from '../support/workspace.js';

const POLL_MS = 40;

/** The person is the one that the program expects, as Google's page shows by `login_hint`. */
export async function runLettingPersonSignIn(
  workspace: Workspace,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<RunResult> {
  const opened = join(workspace.folder, 'urls');
  let seen = (await linesOf(opened)).length;
  const running = workspace.start(args, options);
  let isOver = false;
  const ended = running.ended.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const url = (await linesOf(opened))[seen];
    if (url === undefined) await Promise.race([ended, sleep(POLL_MS)]);
    else {
      // A killed program leaves the person with a page that does not load. The browser that it had just started
      // can come up late, while the next run is under way already: that one opens another page.
      seen += 1;
      await signIn(url).catch(() => undefined);
    }
  }
  return ended;
}

async function signIn(address: string): Promise<void> {
  const url = await googleAddress(address);
  await playPerson(url, { account: new URL(url).searchParams.get('login_hint') ?? ACCOUNT });
}

async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(Boolean);
}
