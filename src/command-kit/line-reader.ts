/** The lines of an input that is no terminal, one for each question: none is lost in between. */

import { createInterface, type Interface } from 'node:readline';

/**
 * Makes a function that gives the next line; null once the signal is aborted, or at the end of the input,
 * which is no answer and never taken for one. Nothing is read before the first question.
 */
export function lineReader(
  input: NodeJS.ReadStream,
): (signal: AbortSignal) => Promise<string | null> {
  let lines: Interface | null = null;
  let iterator: AsyncIterator<string> | null = null;
  return (signal) => {
    lines ??= createInterface({ input });
    iterator ??= lines[Symbol.asyncIterator]();
    const next = iterator.next().then(
      ({ done, value }) => (done === true ? null : value),
      () => null,
    );
    const stopped = new Promise<null>((resolve) => {
      const stop = () => {
        lines?.close();
        // A pipe that nobody writes to must not keep the program running; a file has no such handle.
        if ('unref' in input) input.unref();
        resolve(null);
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
    return Promise.race([next, stopped]);
  };
}
