/** A throw-away computer for one test: a settings folder, a client file, and a "browser" that records its address. */

import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { SettingsApi } from '../settings-api/settings-api.js';
import {
  type FinalPage,
  googleAddress,
  type PersonOptions,
  playPerson,
} from '../stand-in/person.js';
import type { GoogleStandIn } from '../stand-in/stand-in.js';
import { addThere, putRecordThere, recordThere } from './backend-store.js';
import {
  type RunningProgram,
  type RunResult,
  runProgram,
  startProgram,
  type WhatRuns,
} from './program.js';

/** The practice of most tests. */
export const SITE = 'harbour-physio';
export const ACCOUNT = 'info@harbour-physio.example';
export const LOGIN = 'jane@harbour-physio.example';
/** Must never appear in any output. */
export const SMTP_PASSWORD = 'Tr0ub4dor-smtp-secret';

/** Loaded into the program, it remembers the key derived from the vault's passphrase. */
const REMEMBERED_KEY = fileURLToPath(new URL('./remembered-key.cjs', import.meta.url));

export interface WorkspaceOptions extends WhatRuns {
  /** More environment variables, or other values; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where its settings are, instead of its own records. */
  readonly backend?: SettingsApi | undefined;
}

export interface ProgramOptions extends Omit<WorkspaceOptions, 'backend'> {
  readonly input?: string | Buffer;
  readonly keepInputOpen?: boolean;
  readonly by?: readonly string[];
}

export interface Workspace {
  readonly folder: string;
  /** Where records and secrets are: the rehearsal's folder, or the settings folder if `env` unsets the stand-in. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly backend: SettingsApi | undefined;
  run(args: readonly string[], options?: ProgramOptions): Promise<RunResult>;
  start(args: readonly string[], options?: ProgramOptions): RunningProgram;
  /** The next one-time address that the program passed to the browser. */
  nextStart(): Promise<string>;
  /** The page of Google's that it leads to, which this opens. */
  nextUrl(): Promise<string>;
  /** Runs the program while a person completes the next sign-in. */
  runWithPerson(
    args: readonly string[],
    person: PersonOptions,
    options?: ProgramOptions,
  ): Promise<{ readonly run: RunResult; readonly page: FinalPage }>;
  /** Adds the practice of most tests, with SMTP settings and their password. */
  addSite(name?: string, ...more: readonly string[]): Promise<RunResult>;
  /** Adds a site with the arguments of `site add`. */
  addSiteBy(args: readonly string[], input?: string): Promise<RunResult>;
  /** A site's record as it is on disk, or in the shared store; null if there is none. */
  record(name?: string): Promise<Record<string, unknown> | null>;
  /** Stores a record, as the passage of time or another program could. */
  putRecord(record: Readonly<Record<string, unknown>>, name?: string): Promise<void>;
  /** Files that contain a secret, by their path. */
  secretFiles(): Promise<string[]>;
  remove(): Promise<void>;
}

/** The vault is its credential store unless `env` says otherwise. */
export async function newWorkspace(
  google: GoogleStandIn,
  { env: more = {}, node, program, backend }: WorkspaceOptions = {},
): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'writeupp-mail-test-'));
  const settings = join(folder, 'settings');
  const urls = join(folder, 'urls');
  const browser = join(folder, 'browser');
  const clientFile = join(folder, 'client.json');
  await mkdir(join(folder, 'user'));
  await writeFile(clientFile, JSON.stringify(google.clientFile()));
  await writeFile(browser, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${urls}'\n`);
  await chmod(browser, 0o755);
  let seen = 0;

  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: join(folder, 'user'),
    LANG: 'C.UTF-8',
    BROWSER: browser,
    WRITEUPP_MAIL_HOME: settings,
    WRITEUPP_MAIL_OAUTH_CLIENT: clientFile,
    WRITEUPP_MAIL_GOOGLE_URL: google.url,
    WRITEUPP_MAIL_CREDENTIALS: 'vault',
    WRITEUPP_MAIL_PASSPHRASE: 'a passphrase of the tests',
    NODE_OPTIONS: `--require=${REMEMBERED_KEY}`,
    ...(backend && {
      WRITEUPP_MAIL_STORE: backend.url,
      WRITEUPP_MAIL_STORE_TOKEN: backend.token,
    }),
    ...more,
  };
  const home = env.WRITEUPP_MAIL_GOOGLE_URL === undefined ? settings : join(settings, 'rehearsal');
  const optionsFor = ({ env: changes = {}, ...rest }: ProgramOptions = {}) => ({
    node,
    program,
    ...rest,
    env: { ...env, ...changes },
  });
  // As the first command leaves it.
  if (backend !== undefined) await mkdir(home, { recursive: true, mode: 0o700 });
  const storeUrl = backend === undefined ? env.WRITEUPP_MAIL_STORE : undefined;
  const schema = home === settings ? 'writeupp_mail' : 'writeupp_mail_rehearsal';
  const recordPath = (name: string) => join(home, 'sites', `${name.toLowerCase()}.json`);
  const inStore = async (text: string, values: readonly unknown[]) => {
    if (storeUrl === undefined) return [];
    const client = new pg.Client({ connectionString: storeUrl });
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows;
    } catch (error) {
      // The first command creates the tables.
      if ((error as { code?: unknown }).code === '42P01') return [];
      throw error;
    } finally {
      await client.end();
    }
  };
  const run: Workspace['run'] = (args, options) => runProgram(args, optionsFor(options));
  const start: Workspace['start'] = (args, options) => startProgram(args, optionsFor(options));

  async function nextStart(): Promise<string> {
    for (let tries = 0; tries < 400; tries += 1) {
      const lines = (await readFile(urls, 'utf8').catch(() => '')).split('\n').filter(Boolean);
      const url = lines[seen];
      if (url !== undefined) {
        seen += 1;
        return url;
      }
      await sleep(25);
    }
    throw new Error('the program opened no browser within 10 seconds');
  }

  const nextUrl = async () => googleAddress(await nextStart());
  const addSiteBy: Workspace['addSiteBy'] = async (args, input = '') =>
    backend === undefined
      ? run(['site', 'add', ...args], { input })
      : addThere(backend, args, input);

  return {
    folder,
    home,
    env,
    backend,
    addSiteBy,
    run,
    start,
    nextStart,
    nextUrl,
    async runWithPerson(args, person, options) {
      const running = start(args, options);
      const ended = running.ended.then((result) => {
        throw new Error(`ended before opening a browser:\n${result.stdout}\n${result.stderr}`);
      });
      ended.catch(() => undefined);
      const url = await Promise.race([nextUrl(), ended]);
      const page = await playPerson(url, person);
      return { run: await running.ended, page };
    },
    addSite: (name = SITE, ...rest) =>
      addSiteBy(
        [
          ...[name, '--organisation', 'Harbour Physio', '--login', LOGIN],
          ...['--smtp-host', 'smtp.gmail.com', '--smtp-port', '587', '--smtp-user', ACCOUNT],
          ...['--smtp-password-stdin', '--json', ...rest],
        ],
        SMTP_PASSWORD,
      ),
    async record(name = SITE) {
      if (backend !== undefined) return recordThere(backend, home, name);
      const [row] = await inStore(`select record from ${schema}.site where key = $1`, [
        name.toLowerCase(),
      ]);
      if (storeUrl !== undefined) return row?.record ?? null;
      const text = await readFile(recordPath(name), 'utf8').catch(() => null);
      return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
    },
    async putRecord(record, name = SITE) {
      if (backend !== undefined) return putRecordThere(backend, home, record, name);
      await inStore(
        `insert into ${schema}.site (key, name, record) values ($1, $1, $2)
         on conflict (key) do update set record = excluded.record`,
        [name.toLowerCase(), record],
      );
      if (storeUrl === undefined) {
        await writeFile(recordPath(name), `${JSON.stringify(record, null, 2)}\n`);
      }
    },
    async secretFiles() {
      const entries = await readdir(home, { recursive: true }).catch(() => []);
      const files = entries.filter((entry) => entry.endsWith('.age')).sort();
      return files.map((file) => join(home, file));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
