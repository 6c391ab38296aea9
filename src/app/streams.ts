/** Standard output and standard error that may be gone: a full disk or a closed pipe behind them stops nothing. */

import type { Writable } from 'node:stream';

/**
 * Lets a stream fail in silence. What was asked for is done all the same, and the exit code tells how it ended:
 * a job that reports success because its log was full would be worse than one that reports nothing.
 *
 * Streams to files report ENOSPC and EBADF by throwing, in some releases of Node.js; pipes report EPIPE by an event.
 */
export function outlive(stream: Writable): void {
  stream.on('error', () => undefined);
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]) => {
    try {
      return write(...args);
    } catch {
      const written = args.at(-1);
      if (typeof written === 'function') written();
      return true;
    }
  };
}

/** Waits until all that was written has left the program, or can't leave any more. */
export async function flushed(stream: Writable): Promise<void> {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve());
  });
}
