/** A computer whose settings are WriteUpp's own: the sites of its tests are kept in a reference backend. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Json, SettingsApi } from '../settings-api/settings-api.js';
import type { RunResult } from './program.js';

type Loose = Record<string, unknown>;

/** The options that tests pass to `site add`. */
const OPTIONS = [
  ...['organisation', 'organisation-email', 'login', 'send-as', 'account'],
  ...['smtp-host', 'smtp-port', 'smtp-user', 'smtp-from', 'smtp-security'],
];

/** @param like its sites and their history are copied */
export async function startBackend(like?: SettingsApi): Promise<SettingsApi> {
  const api = await new SettingsApi(like === undefined ? {} : { facts: like.facts }).listen();
  for (const [key, site] of like?.sites ?? []) api.sites.set(key, structuredClone(site));
  api.history.push(...structuredClone(like?.history ?? []));
  return api;
}

/** A backend, and the settings folder of a computer that uses it. */
export async function backendAndHome() {
  const api = await startBackend();
  const home = await mkdtemp(join(tmpdir(), 'backend-'));
  const remove = async () => {
    await api.close();
    await rm(home, { recursive: true, force: true });
  };
  return { api, home, remove };
}

/** Creates a site there, as WriteUpp would, from the arguments of `site add`. */
export function addThere(api: SettingsApi, args: readonly string[], password: string): RunResult {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...Object.fromEntries(OPTIONS.map((name) => [name, { type: 'string' }])),
      ...{ json: { type: 'boolean' }, 'smtp-password-stdin': { type: 'boolean' } },
    },
  });
  const given = (name: string) => (values as Loose)[name] ?? null;
  const [name = ''] = positionals;
  const smtp = {
    ...{ host: given('smtp-host'), port: Number(given('smtp-port')), user: given('smtp-user') },
    ...{ security: given('smtp-security') ?? 'starttls', from: given('smtp-from') },
    password,
  };
  api.put({
    ...{ name, organisation: given('organisation') ?? name, login: given('login') },
    ...{ organisationEmail: given('organisation-email'), sendAs: given('send-as') },
    ...{ account: given('account'), smtp: smtp.host === null ? null : smtp },
  });
  const nothing = { stdout: '', stderr: '', events: [], result: undefined, error: undefined };
  return { code: 0, signal: null, ...nothing };
}

const localPath = (api: SettingsApi, home: string, name: string) =>
  join(home, 'local', String(api.facts.id), `${name.toLowerCase()}.json`);

async function readLocal(path: string): Promise<Json> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? { credentials: null, connections: {} } : JSON.parse(text);
}

/** A site as the backend has it, including its password, with what the computer knows of it. */
export async function recordThere(
  api: SettingsApi,
  home: string,
  name: string,
): Promise<Loose | null> {
  const site = api.sites.get(name.toLowerCase());
  if (site === undefined) return null;
  const { credentials, connections } = await readLocal(localPath(api, home, name));
  const gmail = site.gmail && { ...site.gmail, ...connections[site.gmail.id] };
  return structuredClone({ ...site, credentials, gmail });
}

/** Changes the record, as a person in WriteUpp could, or the passage of time. */
export async function putRecordThere(
  api: SettingsApi,
  home: string,
  { credentials, gmail, ...record }: Json,
  name: string,
): Promise<void> {
  const path = localPath(api, home, name);
  const local = await readLocal(path);
  const { tokenSlot, usedAt, refusals, ...wire } = gmail ?? {};
  api.put({ ...record, name: record.name ?? name, gmail: gmail == null ? null : wire });
  if (gmail == null || local.connections[wire.id] === undefined) return;
  local.connections[wire.id] = { tokenSlot, usedAt, refusals };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify({ ...local, credentials }), { mode: 0o600 });
}
