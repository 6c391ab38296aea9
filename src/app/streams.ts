/** Keeps a full disk or a closed pipe behind standard output or standard error from stopping the program. */

import type { Writable } from 'node:stream';

/**
 * Lets a stream fail silently. The work is done all the same, and the exit code reports the outcome: a job that
 * reports success because its log was full would be worse than one that reports nothing.
 *
 * In some releases of Node.js, streams to files report ENOSPC and EBADF by throwing; pipes emit EPIPE as an event.
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

/** Waits until everything written has left the program, or no longer can. */
export async function flushed(stream: Writable): Promise<void> {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve());
  });
}
