/** Runs that build on each other: whichever test comes first, each takes place once, in its turn. */

/** @returns what does the work the first time, and after that waits for it */
export function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
