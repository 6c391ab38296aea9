/** Keys typed while nothing is asked: they don't show in a line that is being drawn, and answer nothing. */

import { readFileSync } from 'node:fs';

const CTRL_C = 0x03;
const CTRL_Z = 0x1a;
const CTRL_BACKSLASH = 0x1c;

/**
 * Takes the keyboard until the returned function gives it back. A terminal in raw mode raises no signals, so this
 * raises them, for everything in the foreground, as a terminal does.
 *
 * @param stdin used only if it is a terminal that nobody else reads
 */
export function hushKeys(stdin: NodeJS.ReadStream): () => void {
  const isRead = stdin.isRaw || stdin.readableFlowing === true;
  if (!stdin.isTTY || isRead || stdin.destroyed || !isInForeground()) return () => undefined;
  const wake = () => {
    if (!stdin.destroyed && isInForeground()) stdin.setRawMode(true);
  };
  const onData = (chunk: Buffer | string) => {
    const keys = Buffer.from(chunk);
    if (keys.includes(CTRL_C)) process.kill(0, 'SIGINT');
    if (keys.includes(CTRL_BACKSLASH)) process.kill(0, 'SIGQUIT');
    if (!keys.includes(CTRL_Z)) return;
    stdin.setRawMode(false);
    process.kill(0, 'SIGTSTP');
  };
  stdin.on('data', onData);
  process.on('SIGCONT', wake);
  stdin.setRawMode(true);
  stdin.resume();
  // It doesn't keep the process alive: the work in progress does.
  stdin.unref();
  return () => {
    process.off('SIGCONT', wake);
    stdin.off('data', onData);
    // A terminal that is gone accepts no settings.
    if (stdin.destroyed) return;
    stdin.setRawMode(false);
    stdin.pause();
    stdin.ref();
  };
}

/**
 * Whether the terminal is this job's: the system stops a background job that changes a terminal's settings. Only Linux
 * can say without starting a program (proc_pid_stat(5): fields 5 and 8); elsewhere the keyboard is not taken, and typed
 * keys show.
 */
function isInForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // The name of the program, in brackets, may contain spaces.
    const [, , , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 1).split(' ');
    return group !== undefined && group === foreground;
  } catch {
    return false;
  }
}
