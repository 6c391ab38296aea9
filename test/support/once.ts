/** Runs that build on each other: whichever test comes first, each run happens once, and in order. */

/** @returns does the work on the first call; later calls wait for the same work */
export function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
