/**
 * The start of every black-box test: hooks that create a stand-in for Google and computers, and remove them afterwards.
 * The computers' records are in files; with TEST_STORE=postgres (`npm run test:postgres`) each computer has a database,
 * and with TEST_STORE=http (`npm run test:backend`) a reference backend of WriteUpp's own settings.
 */

import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from '@jest/globals';
import type { SettingsApi } from '../settings-api/settings-api.js';
import { type GoogleOptions, type GoogleStandIn, startGoogle } from '../stand-in/stand-in.js';
import { startBackend } from './backend-store.js';
import { startPostgres, type TestPostgres } from './postgres.js';
import { type Prepared, prepare } from './prepared.js';
import { newWorkspace, SMTP_PASSWORD, type Workspace, type WorkspaceOptions } from './workspace.js';

/** How long one lives: for all tests of the file, or of the `describe` that requests it; or for one test. */
export type Serves = 'file' | 'test';

export interface StandInOptions extends GoogleOptions {
  /** Default: the file. */
  readonly googleFor?: Serves;
}

/** What was set to misbehave behaves again after each test. */
export interface StandIn {
  readonly google: GoogleStandIn;
  readonly prepared: Prepared;
  /** Another computer. All are removed at the end: what a failed test left running may still write there. */
  newComputer(options?: WorkspaceOptions): Promise<Workspace>;
}

/** Call it where hooks can be registered: at the top of a file, or of a `describe`. */
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

/** @param options `computerFor` defaults to a new computer for each test */
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

/** Where records are kept changes nothing that a command says or does, except in tests that ask for this. */
export const isOnPostgres = process.env.TEST_STORE === 'postgres';
/** Likewise for WriteUpp's own settings, except for what only WriteUpp can do there. */
export const isOnBackend = process.env.TEST_STORE === 'http';
/** The password of SMTP settings, as the record refers to it, or as WriteUpp stores it. */
export const KEPT_PASSWORD = isOnBackend ? SMTP_PASSWORD : { slot: 'a' };

/** `test` and `describe` for what differs with a backend, and is left out there. @param why as a phrase for the log */
export function unlessOnBackend(why: string) {
  if (!isOnBackend) return { test, describe };
  // A build machine treats a skipped test as a failed one.
  const leftOut = (name: string) => console.info(`Not with a backend (${why}): ${name}`);
  return { test: leftOut, describe: leftOut } as unknown as {
    test: typeof test;
    describe: typeof describe;
  };
}

const database = isOnPostgres ? usePostgres() : undefined;

/** A server for the file, or for the `describe`. */
export function usePostgres(): TestPostgres {
  return madeFor('file', startPostgres, (server) => server.close());
}

/** Stands for what the hooks created last: a file's tests can refer to it before it exists. */
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
