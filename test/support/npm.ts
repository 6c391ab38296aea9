/** Runs npm as a person would: without the settings that `npm test` passes to its child processes. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What npm prints on standard output. @throws Error with npm's own message */
export async function runNpm(args: readonly string[], cwd: string): Promise<string> {
  // Variables in lower case are npm's settings for this project (its .npmrc, its prefix); a person's are in upper case.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
  );
  // On Windows it is npm.cmd, which only a shell can start; the npm that runs the tests gives its own path.
  const { npm_execpath: script } = process.env;
  const [file, first] = script === undefined ? ['npm', []] : [process.execPath, [script]];
  const options = { cwd, env, maxBuffer: 1e8 };
  const { stdout } = await promisify(execFile)(file, [...first, ...args], options);
  return stdout;
}
