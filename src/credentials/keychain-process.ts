/** Starts, asks, limits and ends the keychain worker. */

import { type ChildProcess, fork } from 'node:child_process';
import type { KeychainAnswer, KeychainFailure, KeychainRequest } from './keychain-protocol.js';

/** How the worker is run. Times are in milliseconds. */
export interface KeychainProcessOptions {
  /** The compiled worker. */
  readonly workerPath: string | URL;
  readonly environment: NodeJS.ProcessEnv;
  /** The time a call may take, the worker's start included. */
  readonly timeoutMs: number;
  /** Called once for a call that takes longer than `slowAfterMs`. */
  readonly onSlow: () => void;
  readonly slowAfterMs: number;
}

/** The worker as the program sees it. Calls must not overlap. */
export interface KeychainProcess {
  call(request: KeychainRequest): Promise<KeychainAnswer>;
  /** Lets the worker end itself. A later call starts a new one. */
  close(): void;
}

/**
 * What the worker must not inherit: it does not need the passphrase; NODE_OPTIONS could load code into it; and a bundle
 * of certificates, which it does not need either, slows its start by 30 ms.
 */
const WITHHELD = new Set(['WRITEUPP_MAIL_PASSPHRASE', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS']);

/**
 * One worker at a time, started at the first call and used again. It never holds the program open: only
 * the time limit of a call under way does.
 */
export function keychainProcess(options: KeychainProcessOptions): KeychainProcess {
  let worker: ChildProcess | undefined;

  return {
    async call(request) {
      worker ??= start();
      const child = worker;
      const answer = await ask(child, request, options);
      if (!answer.ok) {
        // It hangs, is gone, or may hold a connection that is no longer good: the next call starts a new one.
        child.kill('SIGKILL');
        forget(child);
      }
      return answer;
    },
    close() {
      const child = worker;
      worker = undefined;
      if (child?.connected) child.disconnect();
    },
  };

  function start(): ChildProcess {
    const child = fork(options.workerPath, [], {
      env: childEnvironment(options.environment),
      // Not the program's own arguments: a debugger's port, say, can't be shared.
      execArgv: [],
      // GLib writes warnings; the answers come over the channel.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.unref();
    child.channel?.unref();
    child.on('exit', () => forget(child));
    child.on('error', () => forget(child));
    return child;
  }

  function forget(child: ChildProcess): void {
    if (worker === child) worker = undefined;
  }
}

function ask(
  child: ChildProcess,
  request: KeychainRequest,
  { timeoutMs, onSlow, slowAfterMs }: KeychainProcessOptions,
): Promise<KeychainAnswer> {
  return new Promise((resolve) => {
    const fail = (failure: KeychainFailure) => settle({ ok: false, failure });
    const onMessage = (answer: unknown) => settle(answer as KeychainAnswer);
    const onGone = () => fail('ended');
    const slow = setTimeout(onSlow, slowAfterMs);
    const limit = setTimeout(() => fail('no-answer'), timeoutMs);

    child.once('message', onMessage);
    child.once('exit', onGone);
    child.once('error', onGone);
    child.send(request, (error) => {
      if (error) onGone();
    });

    function settle(answer: KeychainAnswer): void {
      clearTimeout(slow);
      clearTimeout(limit);
      child.off('message', onMessage);
      child.off('exit', onGone);
      child.off('error', onGone);
      resolve(answer);
    }
  });
}

function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !WITHHELD.has(name)));
}
