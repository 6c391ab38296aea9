/** Reads lines from an input that is not a terminal, one per question: none is lost in between. */

import { createInterface } from 'node:readline';

/**
 * Makes a function that returns the next line, or null once the signal is aborted or at the end of the input,
 * which never counts as an answer. Nothing is read before the first question.
 */
export function lineReader(
  input: NodeJS.ReadStream,
): (signal: AbortSignal) => Promise<string | null> {
  let iterator: AsyncIterator<string> | null = null;
  // A line that arrives when nobody waits for one answers the next question.
  let next: Promise<string | null> | null = null;
  return async (signal) => {
    iterator ??= createInterface({ input })[Symbol.asyncIterator]();
    next ??= iterator.next().then(
      ({ done, value }) => (done === true ? null : value),
      () => null,
    );
    hold(input, true);
    const line = await Promise.race([next, aborted(signal)]);
    hold(input, false);
    if (line === undefined) return null;
    next = null;
    return line;
  };
}

/** A pipe that nobody writes to must not keep the program running; a file has no handle that could. */
function hold(input: NodeJS.ReadStream, isNeeded: boolean): void {
  if (isNeeded && 'ref' in input) input.ref();
  if (!isNeeded && 'unref' in input) input.unref();
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
