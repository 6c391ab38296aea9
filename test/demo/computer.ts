/** A settings folder to throw away, and the real program run on it with its output shown as it happens. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GoogleStandIn } from '../stand-in/stand-in.js';

/** Seen from build/test/demo. */
const PROGRAM = fileURLToPath(new URL('../../../bin/writeupp-mail.js', import.meta.url));

export interface DemoRun {
  /** Given on standard input. */
  readonly input?: string;
  /** Standard input is the person's keyboard. */
  readonly keyboard?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

export interface DemoComputer {
  readonly folder: string;
  /** Runs the program and gives its exit code; the signal asks it to end. */
  run(args: readonly string[], signal: AbortSignal, options?: DemoRun): Promise<number>;
}

/** Makes one. Its vault has a random passphrase, so no keychain is needed. */
export async function newDemoComputer(
  google: GoogleStandIn,
  more: NodeJS.ProcessEnv = {},
): Promise<DemoComputer> {
  const folder = await mkdtemp(join(tmpdir(), 'writeupp-mail-demo-'));
  const clientFile = join(folder, 'client.json');
  await writeFile(clientFile, JSON.stringify(google.clientFile()), { mode: 0o600 });
  const env: NodeJS.ProcessEnv = {
    ...ownSettingsLeftOut(process.env),
    WRITEUPP_MAIL_HOME: join(folder, 'settings'),
    WRITEUPP_MAIL_OAUTH_CLIENT: clientFile,
    WRITEUPP_MAIL_GOOGLE_URL: google.url,
    WRITEUPP_MAIL_CREDENTIALS: 'vault',
    WRITEUPP_MAIL_PASSPHRASE: randomBytes(24).toString('base64url'),
    ...more,
  };
  return {
    folder,
    run(args, signal, { input = '', keyboard = false, env: ofRun = {} } = {}) {
      if (signal.aborted) return Promise.resolve(130);
      process.stdout.write(`\n$ writeupp-mail ${args.map(shown).join(' ')}\n`);
      return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [PROGRAM, ...args], {
          env: { ...env, ...ofRun },
          stdio: [keyboard ? 'inherit' : 'pipe', 'inherit', 'inherit'],
        });
        // At a terminal, Ctrl-C has reached the program already, which takes a second one for "at once".
        const stop = () => {
          if (!process.stdin.isTTY) child.kill('SIGINT');
        };
        signal.addEventListener('abort', stop, { once: true });
        child.once('error', reject);
        child.once('close', (code) => {
          signal.removeEventListener('abort', stop);
          resolve(code ?? 1);
        });
        child.stdin?.on('error', () => undefined);
        child.stdin?.end(input);
      });
    },
  };
}

/** The person's own settings must not reach the demonstration, nor the demonstration their records. */
function ownSettingsLeftOut(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => !name.startsWith('WRITEUPP_MAIL_')),
  );
}

function shown(word: string): string {
  return /^[\w@./:-]+$/.test(word) ? word : `"${word}"`;
}
