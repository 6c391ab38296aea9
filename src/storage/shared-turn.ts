/** Work that serves all who ask for it while it has not begun: many sites at once share one flush. */

/**
 * Work for a path, one piece after another. Whoever asks while one is under way shares the next one with all who ask
 * by then: what they did before they asked is done before it begins.
 *
 * @param work its failure is that of all who share it
 */
export function sharedTurns(
  work: (path: string) => Promise<void>,
): (path: string) => Promise<void> {
  /** Of each path, the piece that is under way or done, and the one that has not begun. */
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
