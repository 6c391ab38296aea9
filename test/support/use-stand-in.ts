/**
 * What black-box tests begin with: hooks that make a stand-in for Google and computers, and take them away again. The
 * computers' records are in files; with TEST_STORE=postgres (`npm run test:postgres`) each computer has a database, and
 * with TEST_STORE=http (`npm run test:backend`) a reference backend of WriteUpp's own settings.
 */

import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from '@jest/globals';
import type { SettingsApi } from '../settings-api/settings-api.js';
import { type GoogleOptions, type GoogleStandIn, startGoogle } from '../stand-in/stand-in.js';
import { startBackend } from './backend-store.js';
import { startPostgres, type TestPostgres } from './postgres.js';
import { type Prepared, prepare } from './prepared.js';
import { newWorkspace, SMTP_PASSWORD, type Workspace, type WorkspaceOptions } from './workspace.js';

/** Whom one serves: all tests of the file, or of the `describe` that it is asked for in; or one test each. */
export type Serves = 'file' | 'test';

export interface StandInOptions extends GoogleOptions {
  /** Default: the file. */
  readonly googleFor?: Serves;
}

/** What is told to misbehave behaves again after each test. */
export interface StandIn {
  readonly google: GoogleStandIn;
  readonly prepared: Prepared;
  /** One more computer. All are removed in the end: what a failed test left running may still write there. */
  newComputer(options?: WorkspaceOptions): Promise<Workspace>;
}

/** To be called where hooks can be: at the top of a file, or of a `describe`. */
export function useStandIn({ googleFor = 'file', ...options }: StandInOptions = {}): StandIn {
  const google = madeFor(
    googleFor,
    () => startGoogle(options),
    ({ close }) => close(),
  );
  afterEach(() => google.behave());
  const computers: Workspace[] = [];
  const backends: SettingsApi[] = [];
  afterAll(async () => {
    await Promise.all(computers.map((computer) => computer.remove()));
    await Promise.all(backends.map((backend) => backend.close()));
  });

  async function newComputer(more: WorkspaceOptions = {}, like?: Workspace): Promise<Workspace> {
    const store = await database?.newDatabase(like?.env.WRITEUPP_MAIL_STORE);
    const env = store === undefined ? more.env : { WRITEUPP_MAIL_STORE: store, ...more.env };
    const backend = isOnBackend ? await startBackend(like?.backend) : undefined;
    if (backend !== undefined) backends.push(backend);
    const computer = await newWorkspace(google, { ...more, ...(env && { env }), backend });
    computers.push(computer);
    return computer;
  }

  const prepared = madeFor(googleFor, async () => prepare((like) => newComputer({}, like)));
  return { google, prepared, newComputer: (more) => newComputer(more) };
}

/** @param options `computerFor`: default: each test has one of its own */
export function useComputer({
  computerFor = 'test',
  env,
  ...options
}: StandInOptions &
  Pick<WorkspaceOptions, 'env'> & { readonly computerFor?: Serves } = {}): StandIn & {
  readonly workspace: Workspace;
} {
  const standIn = useStandIn(options);
  const make = () => standIn.newComputer(env === undefined ? {} : { env });
  return { ...standIn, workspace: madeFor(computerFor, make) };
}

/** Where records are decides nothing that a command says and does, but for the tests that ask this. */
export const isOnPostgres = process.env.TEST_STORE === 'postgres';
/** Nor where they are WriteUpp's own settings, but for what only WriteUpp can do there. */
export const isOnBackend = process.env.TEST_STORE === 'http';
/** The password of SMTP settings, as the record refers to it, or as WriteUpp has it. */
export const KEPT_PASSWORD = isOnBackend ? SMTP_PASSWORD : { slot: 'a' };

/** `test` and `describe` for what is otherwise with a backend, and is left out there. @param why in words */
export function unlessOnBackend(why: string) {
  if (!isOnBackend) return { test, describe };
  // A build machine takes a skipped test for a failed one.
  const leftOut = (name: string) => console.info(`Not with a backend (${why}): ${name}`);
  return { test: leftOut, describe: leftOut } as unknown as {
    test: typeof test;
    describe: typeof describe;
  };
}

const database = isOnPostgres ? usePostgres() : undefined;

/** A server of the file's own, or of the `describe`'s. */
export function usePostgres(): TestPostgres {
  return madeFor('file', startPostgres, (server) => server.close());
}

/** Stands for what the hooks made last: a file's tests can name it before it is there. */
function madeFor<T extends object>(
  serves: Serves,
  make: () => Promise<T>,
  end?: (made: T) => Promise<void>,
): T {
  const [before, after] =
    serves === 'file' ? [beforeAll, afterAll] : ([beforeEach, afterEach] as const);
  let made: T | undefined;
  before(async () => {
    made = await make();
  });
  after(async () => {
    if (made !== undefined) await end?.(made);
  });
  return new Proxy({} as T, {
    get: (_, name) => {
      if (made === undefined) throw new Error('asked for before the tests began');
      return Reflect.get(made, name);
    },
  });
}
