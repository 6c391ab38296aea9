/** Failures on purpose: every call of a port is counted, and the ones that were picked fail. */

import { MailError } from '../../src/errors.js';

/** One call that fails. */
export interface Fault {
  /** Which call, counted from 0 over all ports. */
  readonly call: number;
  /** Before or after its work was done; or the run is dead from there on, as after `kill -9`. */
  readonly how: 'before' | 'after' | 'killed';
  /** An expected failure, or one that nobody thought of. */
  readonly error: 'expected' | 'unforeseen';
}

/** The failures of one run. */
export class Faults {
  readonly #planned: readonly Fault[];
  #count = 0;
  #isDead = false;

  constructor(planned: readonly Fault[] = []) {
    this.#planned = planned;
  }

  /** How many calls there were. */
  get calls(): number {
    return this.#count;
  }

  /** Does the work of a port call, or fails as planned. */
  async call<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const fault = this.#planned.find(({ call }) => call === this.#count);
    this.#count += 1;
    if (this.#isDead) throw failure(name, 'unforeseen');
    if (fault?.how === 'killed') this.#isDead = true;
    if (fault !== undefined && fault.how !== 'after') throw failure(name, fault.error);
    const result = await work();
    if (fault !== undefined) throw failure(name, fault.error);
    return result;
  }
}

function failure(name: string, kind: Fault['error']): Error {
  return kind === 'expected'
    ? new MailError('storage', `${name} failed on purpose.`, 'Try again.')
    : new TypeError(`${name} failed on purpose`);
}
