/**
 * The child process that alone talks to the OS keychain.
 *
 * A keychain call can hang for ever in its own thread (an unlock prompt that nobody sees), and `process.exit` then
 * hangs too. In a child process it can be ended by a signal, and a crash of the native module does not take the program
 * down with it. Secrets travel over the IPC channel only.
 */

import { type Keytar, keychainOperations } from './keychain-operations.js';
import type { KeychainRequest } from './keychain-protocol.js';

/** How long a call under way may go on when the program is gone, in milliseconds. */
const LAST_CALL_MS = 2_000;

let underWay = 0;

const answer = keychainOperations(
  async () => (await import('keytar')).default as Keytar,
  () => performance.now(),
  `keychain-test/${process.pid}`,
);

// Ctrl-C and a closed terminal reach every process of the terminal: a write under way must complete,
// and the program decides when this one ends.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.on('message', async (request: KeychainRequest) => {
  underWay += 1;
  const result = await answer(request);
  underWay -= 1;
  if (process.connected) process.send?.(result, undefined, undefined, () => undefined);
  else end();
});

// The program has ended, or has nothing more to ask. A call under way gets a moment, so that a dummy entry that was
// just written is deleted again.
process.on('disconnect', () => {
  if (underWay === 0) end();
  setTimeout(end, LAST_CALL_MS);
});

if (!process.connected) end();

/** By a signal, because `process.exit` waits for a thread that may hang. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}
