/** Values that come one by one. The first stays until it is dropped, so that none is lost between two waits. */

import { type Deferred, deferred } from './deferred.js';

export interface Queue<T> {
  push(value: T): void;
  /** The first value, now or once it is there. */
  first(): Promise<T>;
  /** Forgets the first value, if it is there. */
  drop(): void;
}

export function queue<T>(): Queue<T> {
  // The last one is open.
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
