/**
 * Runs test files once for each mutant, all in one process: the files are read and transformed once. Without mutants,
 * it reports which of them each test file reaches.
 */

import { readFileSync } from 'node:fs';
import jestRunner, { type Test, type TestEvents } from 'jest-runner';
import { newSession } from './session.js';

/** What a run should do. */
export interface Plan {
  /** Null: each test file once, with no mutant on. */
  readonly mutants: readonly { readonly name: string; readonly tests: readonly Known[] }[] | null;
}

/** A test file, and how often it may reach mutants before that counts as an endless loop. */
interface Known {
  readonly path: string;
  readonly most: number;
}

/** The messages of a run, one after another. */
export type Message =
  | {
      readonly kind: 'test';
      readonly path: string;
      readonly isWell: boolean;
      readonly ms: number;
      readonly calls: number;
      readonly reached: readonly string[];
    }
  | { readonly kind: 'begun'; readonly name: string }
  | { readonly kind: 'mutant'; readonly name: string; readonly isNoticed: boolean };

/** Its types describe its CommonJS form. */
const TestRunner = jestRunner as unknown as typeof jestRunner.default;

/** Memory that test files leave behind: above this, another process carries on. */
const MEMORY_MAX = 1.2e9;

export default class MutantRunner extends TestRunner {
  #isWell = true;

  constructor(...given: ConstructorParameters<typeof TestRunner>) {
    super(...given);
    super.on('test-file-success', ([, { numFailingTests, testExecError }]) => {
      this.#isWell = numFailingTests === 0 && testExecError == null;
    });
    super.on('test-file-failure', () => {
      this.#isWell = false;
    });
    // A rejection that a mutant leaves unhandled must not end the run.
    process.on('unhandledRejection', () => undefined);
    process.on('uncaughtException', () => undefined);
    // The command was ended: nothing waits for this process any more.
    process.on('disconnect', () => process.exit());
    // Listening to that channel must not keep this process alive once it is done.
    process.channel?.unref();
  }

  /** Nobody collects thousands of results: each is reported as it comes. */
  override on<Name extends keyof TestEvents>(
    _name: Name,
    _listener: (data: TestEvents[Name]) => void | Promise<void>,
  ): () => void {
    return () => undefined;
  }

  override async runTests(
    ...[tests, watcher]: Parameters<InstanceType<typeof TestRunner>['runTests']>
  ): Promise<void> {
    const plan = JSON.parse(readFileSync(process.env.MUTANTS_PLAN ?? '', 'utf8')) as Plan;
    const once = async (test: Test, active: string | null, most?: number) => {
      const session = newSession(active, most);
      const began = performance.now();
      await super.runTests([test], watcher, { serial: true });
      return { session, ms: performance.now() - began, isWell: this.#isWell };
    };
    if (plan.mutants === null) {
      for (const test of tests) {
        const { session, ms, isWell } = await once(test, null);
        const reached = [...session.reached];
        await report({ kind: 'test', path: test.path, isWell, ms, calls: session.calls, reached });
      }
      return;
    }
    for (const { name, tests: known } of plan.mutants) {
      await report({ kind: 'begun', name });
      let isNoticed = false;
      for (const { path, most } of known) {
        const test = tests.find((one) => one.path === path);
        if (test === undefined || isNoticed) continue;
        isNoticed = !(await once(test, name, most)).isWell;
      }
      await report({ kind: 'mutant', name, isNoticed });
      if (process.memoryUsage().rss > MEMORY_MAX) return;
    }
  }
}

function report(message: Message): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}
