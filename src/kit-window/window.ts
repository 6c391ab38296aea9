/**
 * What a double-click in a kit opens: it finds the practice's file, says whose it is and what will happen, and passes
 * it to `migrate --from`. Only the program stores anything; the kit's folder is only read.
 */

import { siteKey } from '../sites/site-name.js';
import { commandLine } from '../text/command-line.js';
import { type PracticeFile, practiceFilesIn, readPracticeFile } from './practice-file.js';

export interface WindowPorts {
  /** The kit's folder. */
  readonly kit: string;
  readonly downloads: string;
  say(...lines: readonly string[]): void;
  /** What was typed; null if nobody can type. */
  ask(question: string): Promise<string | null>;
  /** Runs the program in this window, and returns its exit code. */
  run(...args: readonly string[]): Promise<number>;
  /** The program's last JSON line. */
  facts(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
  /** The id of the client file at a path; null if there is none. */
  clientAt(path: string): Promise<string | null>;
}

/** @param dropped the path of the file dropped on the starter @returns the exit code */
export async function openWindow(ports: WindowPorts, dropped: string | undefined): Promise<number> {
  const { say } = ports;
  say('writeupp-mail: moves the email of a practice to Sign in with Google.', '');
  const taken = await takeFile(ports, dropped);
  if (typeof taken === 'number') return taken;
  if (taken === null) return ports.run('migrate');
  const here = await ports.facts('--version', '--verbose', '--json');
  const inUse = await ports.clientAt(String(here.client));
  if (inUse !== null && taken.clientId !== null && inUse !== taken.clientId) {
    say(...otherClient(taken, String(here.client)));
    return 2;
  }
  const sites = await sitesOnRecord(ports);
  const isTaken = ({ name }: ListedSite) => siteKey(name) === siteKey(taken.site);
  const known = sites?.find(isTaken);
  // If they can't be listed, there may be others.
  const isAlone = sites?.every(isTaken) === true;
  if (known?.pathway !== 'gmail') {
    say(...whatWillHappen(taken, known !== undefined));
    const typed = await ports.ask('Press Enter to go on (to stop, close this window): ');
    if (typed === null) return stopped(say);
    say('');
  }
  const code = await ports.run('migrate', '--from', taken.path);
  say('', ...(code === 0 ? whatStays(taken, String(here.settings), isAlone) : howToGoOn(code)));
  return code;
}

/** The file; null if there is none and a site is on record already; an exit code if the window stops here. */
async function takeFile(
  ports: WindowPorts,
  dropped: string | undefined,
): Promise<PracticeFile | null | number> {
  if (dropped !== undefined && dropped !== '') return namedFile(ports, dropped);
  const beside = await practiceFilesIn(ports.kit);
  const [only, ...others] = beside;
  if (only !== undefined) return others.length === 0 ? only : chosenOf(ports, beside);
  const downloaded = await practiceFilesIn(ports.downloads);
  const [found, ...more] = downloaded;
  if (found !== undefined && more.length > 0) return chosenOf(ports, downloaded);
  if (found !== undefined) {
    ports.say(`In your Downloads there is ${found.path}`, `It is for ${found.organisation}.`, '');
    if (isYes(await ports.ask('Use it? Type y and press Enter: '))) return found;
    ports.say('');
  }
  if (((await sitesOnRecord(ports)) ?? []).length > 0) return null;
  ports.say(
    'The practice’s file is missing. Support sends it to you; it is called, for example, harbour-physio.json.',
    'Put it into this folder beside the file that you double-clicked, and double-click that again.',
    '',
  );
  const typed = await ports.ask('Or drag it into this window now, and press Enter: ');
  const path = unquoted(typed ?? '');
  return path === '' ? 2 : namedFile(ports, path);
}

async function namedFile({ say }: WindowPorts, path: string): Promise<PracticeFile | number> {
  try {
    return await readPracticeFile(path);
  } catch {
    say(
      `This is not the file of a practice, or can’t be read: ${path}`,
      'Ask support for the file. If its name or folder has an & or a ^ in it, put it beside the file that you double-click.',
    );
    return 2;
  }
}

async function chosenOf(
  { say, ask }: WindowPorts,
  files: readonly PracticeFile[],
): Promise<PracticeFile | number> {
  say('There is more than one practice’s file:');
  say(
    ...files.map(({ organisation, path }, index) => `  ${index + 1}  ${organisation}: ${path}`),
    '',
  );
  const typed = await ask('Which one? Type its number and press Enter: ');
  return files[Number(typed) - 1] ?? stopped(say);
}

function stopped(say: WindowPorts['say']): number {
  say('Stopped: nothing was changed. To go on, double-click the same file again.');
  return 3;
}

interface ListedSite {
  readonly name: string;
  readonly pathway: unknown;
}

/** Null if they can't be listed. */
async function sitesOnRecord(ports: WindowPorts): Promise<readonly ListedSite[] | null> {
  const { sites } = await ports.facts('site', 'list', '--json');
  return Array.isArray(sites) ? sites : null;
}

function whatWillHappen(
  { path, organisation, login, account }: PracticeFile,
  isKnown: boolean,
): string[] {
  return [
    `This is the file of ${organisation}:`,
    `  ${path}`,
    '',
    isKnown ? 'It was begun on this computer before, and goes on from there:' : 'What will happen:',
    `  1. Your browser opens, and you sign in with Google${account === null ? '' : ` as ${account}`}.`,
    `  2. A test message is sent to ${login}.`,
    '  3. You type the reference that stands in it. Only then are the old SMTP settings removed.',
    'You can stop at any moment by closing this window. Until then nothing is taken away.',
    '',
  ];
}

function whatStays({ path, site }: PracticeFile, settings: string, isAlone: boolean): string[] {
  return [
    'What stays on this computer: the practice’s settings, and the permission of Google.',
    `  ${settings}`,
    `  To remove both: double-click "Type a command", type there: ${commandLine('site remove', site)}`,
    isAlone
      ? '  Then delete that folder, and this one.'
      : '  Then delete the folder with the file that you double-clicked. Leave the one above: other practices on this computer may need it.',
    'Delete the practice’s file now, and the email that it came with. It holds the client secret:',
    `  ${path}`,
  ];
}

/** After exit codes that may make a person think that something was lost. */
function howToGoOn(code: number): string[] {
  return [
    code === 3 || code === 130 ? 'Stopped.' : 'It is not finished.',
    'To go on from here, double-click the same file again. If that does not help, ask support, and read the lines above to them.',
  ];
}

function otherClient({ organisation }: PracticeFile, client: string): string[] {
  return [
    `The file of ${organisation} was made for another Google client file than the one in use on this computer:`,
    `  ${client}`,
    'Nothing was changed: a practice that was connected with the one in use could no longer send.',
    'Ask support for a file with the same client, or what to do with the one in use.',
  ];
}

function isYes(typed: string | null): boolean {
  return /^\s*y(?:es)?\s*$/i.test(typed ?? '');
}

/** A path as a terminal writes it when a file is dragged into it: in quotes, or with backslashes before spaces. */
export function unquoted(typed: string, platform = process.platform): string {
  const text = typed.trim();
  const [, , inside] = /^(["'])(.*)\1$/.exec(text) ?? [];
  if (inside !== undefined) return inside.replaceAll("'\\''", "'");
  return platform === 'win32' ? text : text.replace(/\\(.)/g, '$1');
}
