/**
 * Runs work for a path one turn after another. Everyone who asks before a turn has started shares it, as many sites at
 * once share one flush: what they did before they asked is done before it starts.
 *
 * @param work if it fails, it fails for everyone who shares it
 */
export function sharedTurns(
  work: (path: string) => Promise<void>,
): (path: string) => Promise<void> {
  /** For each path, the turn that is in progress or done, and the one that has not started. */
  const last = new Map<string, Promise<void>>();
  const next = new Map<string, Promise<void>>();
  return (path) => {
    const joined = next.get(path);
    if (joined !== undefined) return joined;
    const before = last.get(path) ?? Promise.resolve();
    const turn = before
      .catch(() => undefined)
      .then(() => {
        next.delete(path);
        return work(path);
      });
    next.set(path, turn);
    last.set(path, turn);
    return turn;
  };
}
