/** A promise with its resolver (Promise.withResolvers, which Node 20 does not have). */

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Values that arrive one by one. The first stays until it is dropped, so that none is lost between two waits. */
export interface Queue<T> {
  push(value: T): void;
  /** The first value, once there is one. */
  first(): Promise<T>;
  /** Drops the first value, if there is one. */
  drop(): void;
}

export function queue<T>(): Queue<T> {
  // The last slot is open.
  let open = deferred<T>();
  const slots: Deferred<T>[] = [open];
  return {
    push(value) {
      open.resolve(value);
      open = deferred();
      slots.push(open);
    },
    first: () => (slots[0] ?? open).promise,
    drop() {
      if (slots.length > 1) slots.shift();
    },
  };
}
