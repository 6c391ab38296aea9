/** A queue that runs asynchronous tasks one after the other, in the order they were asked for. */

/**
 * Makes a queue. A task that fails does not hold up the next one; its own caller gets the failure.
 */
export function oneAtATime(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task, task);
    last = result;
    return result;
  };
}
