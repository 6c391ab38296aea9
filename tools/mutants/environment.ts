/**
 * The environment of a test file in a mutation run: it has the switches of the mutants, and ends at the first failing
 * test.
 */

import { TestEnvironment } from 'jest-environment-node';
import { currentSession, switchesOf } from './session.js';

/** What jest-circus reports about a test. */
interface TestEvent {
  readonly name: string;
  readonly test?: { mode?: string | null | undefined; readonly errors: readonly unknown[] };
}

export default class MutantEnvironment extends TestEnvironment {
  readonly #session = currentSession();

  constructor(...given: ConstructorParameters<typeof TestEnvironment>) {
    super(...given);
    Object.assign(this.global, { __mutants: switchesOf(this.#session) });
  }

  handleTestEvent({ name, test }: TestEvent): void {
    const session = this.#session;
    if (name === 'test_done' && (test?.errors.length ?? 0) > 0) session.isNoticed = true;
    if (name === 'test_start' && test && session.isNoticed && session.active !== null) {
      test.mode = 'skip';
    }
  }
}
