/** The keyboard around one question: what was typed before it is thrown away, and every early end is a cancel. */

/** In milliseconds: how long no key may arrive before what was typed ahead counts as discarded. */
const QUIET_MS = 40;

const CTRL_C = 0x03;
const CTRL_D = 0x04;

/**
 * Asks one question on a terminal. First everything typed before is thrown away: it can't have been an answer. It is in
 * two places: the kernel, which hands it over once the terminal is no longer read by lines, and the stream, which hands
 * it over once it flows.
 *
 * @param ask shows the question and reads its answer; the signal is aborted by Ctrl-C, Ctrl-D, and the end of the
 *   input, which libraries do not handle: a question that nobody can answer any more would end the program silently
 * @returns what `ask` gives; null if the question was cancelled
 */
export async function askOnce<T>(
  stdin: NodeJS.ReadStream,
  signal: AbortSignal,
  ask: (cancelled: AbortSignal) => Promise<T>,
): Promise<T | null> {
  const cancelling = new AbortController();
  const cancelled = AbortSignal.any([signal, cancelling.signal]);
  const cancel = () => cancelling.abort();
  let isAsked = false;
  let keyAt = performance.now();
  const onData = (chunk: Buffer | string) => {
    keyAt = performance.now();
    const keys = Buffer.from(chunk);
    if (keys.includes(CTRL_C) || (isAsked && keys.includes(CTRL_D))) cancel();
  };
  if (stdin.readableEnded || stdin.destroyed) return null;
  for (const end of ENDS) stdin.on(end, cancel);
  stdin.on('data', onData);
  stdin.setRawMode(true);
  stdin.resume();
  try {
    while (!cancelled.aborted && performance.now() - keyAt < QUIET_MS) {
      await quietFor(QUIET_MS, cancelled);
    }
    if (cancelled.aborted) return null;
    isAsked = true;
    return await ask(cancelled);
  } catch (error) {
    if (cancelled.aborted) return null;
    throw error;
  } finally {
    stdin.off('data', onData);
    for (const end of ENDS) stdin.off(end, cancel);
    // A terminal that is gone accepts no settings.
    if (!stdin.destroyed) stdin.setRawMode(false);
    stdin.pause();
  }
}

const ENDS = ['end', 'close', 'error'] as const;

function quietFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
