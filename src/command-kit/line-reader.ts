/** The lines of an input that is no terminal, one for each question: none is lost in between. */

import { createInterface } from 'node:readline';

/**
 * Makes a function that gives the next line; null once the signal is aborted, or at the end of the input,
 * which is no answer and never taken for one. Nothing is read before the first question.
 */
export function lineReader(
  input: NodeJS.ReadStream,
): (signal: AbortSignal) => Promise<string | null> {
  let iterator: AsyncIterator<string> | null = null;
  // A line that comes when nobody waits for one is the answer to the next question.
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

/** A pipe that nobody writes to must not keep the program running; a file has no such handle. */
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
