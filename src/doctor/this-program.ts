/** Checks of the program's surroundings: Node.js, the browser, the listener that a sign-in needs. */

import { accessSync, constants } from 'node:fs';
import { get } from 'node:http';
import { isAbsolute } from 'node:path';
import { MailError } from '../errors.js';
import { startCallbackServer } from '../sign-in/callback-server.js';
import { canOpenBrowser, surroundings, whyNoBrowser } from '../sign-in/surroundings.js';
import { type Check, type Finding, failed, pass, warn } from './run-check.js';

const QUICK_MS = 5_000;

/** The oldest version that this program runs on: `engines` in package.json. */
const OLDEST = [20, 17] as const;

/**
 * When each line's maintenance ends (github.com/nodejs/release, schedule.json). Odd versions have no long-term support.
 */
const MAINTAINED_UNTIL: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  22: '2027-04-30',
  24: '2028-04-30',
  26: '2029-04-30',
};

const UPDATE_NODE = 'Install the current long-term version from https://nodejs.org.';

/** Whether this version of Node.js will do. @param version as in `process.versions.node` */
export function nodeFinding(version: string, now: Date, isKit = false): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return failed({
      message: `Node.js ${version} is too old: this program needs ${OLDEST.join('.')} or newer.`,
      hint: UPDATE_NODE,
    });
  }
  const end = MAINTAINED_UNTIL[major];
  if (isKit && end !== undefined) return kitFinding(version, end, now);
  if (end === undefined && major < 27) {
    return warn(`Node.js ${version} is of a line that is not kept for long.`, UPDATE_NODE);
  }
  if (end !== undefined && now.getTime() > Date.parse(`${end}T23:59:59Z`)) {
    return warn(
      `Node.js ${version} works, but its line gets no security updates any more (since ${end}).`,
      UPDATE_NODE,
    );
  }
  return pass(`Node.js ${version}.`);
}

/** A kit carries its own Node.js, which no installation changes. */
function kitFinding(version: string, end: string, now: Date): Finding {
  const isOver = now.getTime() > Date.parse(`${end}T23:59:59Z`);
  const carried = `This kit carries Node.js ${version}, whose line gets security updates until ${end}`;
  return isOver
    ? warn(`${carried}: that is over.`, 'Get the newest kit from the person who gave you this one.')
    : pass(`${carried}.`);
}

export function nodeCheck(now: () => Date, isKit: boolean): Check {
  return {
    name: 'node',
    waitsFor: 'Node.js',
    limitMs: QUICK_MS,
    run: async () => nodeFinding(process.versions.node, now(), isKit),
  };
}

/** Whether a browser could be opened for the sign-in, without opening one. */
export function browserCheck(variables: NodeJS.ProcessEnv): Check {
  return {
    name: 'browser',
    waitsFor: 'the settings of this session',
    limitMs: QUICK_MS,
    run: async () => browserFinding(variables),
  };
}

const BY_HAND =
  'A sign-in works all the same: it shows an address to open in any browser, and takes the address that the browser ends on.';

function browserFinding(variables: NodeJS.ProcessEnv): Finding {
  const named = variables.BROWSER ?? '';
  if (isAbsolute(named) && !canRun(named)) {
    return warn(
      `The setting BROWSER names a program that is not there, or can’t be run: ${named}`,
      `Correct or remove BROWSER.\n${BY_HAND}`,
    );
  }
  if (canOpenBrowser(variables, process.platform)) return pass('A browser can be opened here.');
  const [why = 'No browser can be opened here.'] = whyNoBrowser(
    surroundings(variables, process.platform),
  );
  return warn(why, BY_HAND);
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether this computer can serve a page to its own browser: Google's answer comes that way. */
export function listenerCheck(): Check {
  return {
    name: 'listener',
    waitsFor: 'a page of this program’s own at 127.0.0.1',
    limitMs: QUICK_MS,
    run: listen,
  };
}

async function listen(signal: AbortSignal): Promise<Finding> {
  const server = await startCallbackServer().catch(() => {
    throw unreachable('could not be opened');
  });
  try {
    const status = await statusOf(server.redirectUri, signal);
    // The listener refuses this stray request, which shows that the listener is what answers.
    if (status !== 400) throw unreachable('is answered by another program');
    return pass('The sign-in can listen for Google’s answer at 127.0.0.1.');
  } finally {
    server.close();
  }
}

function statusOf(address: string, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(address, { signal, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('error', () => reject(unreachable('can’t be reached')));
  });
}

function unreachable(what: string): MailError {
  return new MailError(
    'network',
    `The page on this computer that takes Google’s answer (at 127.0.0.1) ${what}.`,
    'Antivirus software or a firewall on this computer is the usual cause: ask the person who looks after it to let programs talk to 127.0.0.1.\n' +
      'Until then: writeupp-mail sign-in --no-browser',
  );
}
