/**
 * A place where sites are on record, with the stores of their secrets: the files of a settings folder, a database, or
 * WriteUpp’s own settings behind a backend.
 */

import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { Acceptance } from '../credentials/accepted-members.js';
import type { CredentialStoreKind } from '../credentials/credential-reader.js';
import type { CredentialStore } from '../credentials/credential-store.js';
import type { KeychainOptions } from '../credentials/keychain.js';
import { openCredentialStore } from '../credentials/open-credential-store.js';
import type { TeamOptions, TeamPeople } from '../credentials/team-store.js';
import { MailError } from '../errors.js';
import type { SiteStore } from '../sites/site-store.js';
import { checkSettingsFolder } from '../storage/private-folder.js';
import { keychainService, type SettingsFolder } from '../storage/settings-folder.js';
import { isBackendAddress } from '../stores/http/backend-url.js';
import type { PostgresSiteStore } from '../stores/postgres/postgres-site-store.js';
import type { Ask } from '../terminal/prompts.js';
import type { Backend } from './backend.js';
import type { Environment } from './environment.js';

export interface Where extends SettingsFolder {
  /** Undefined: files in the settings folder. */
  readonly storeUrl: string | undefined;
}

export interface PlacePorts {
  readonly environment: Pick<
    Environment,
    'passphrase' | 'forChildren' | 'credentials' | 'storeUrl' | 'storeToken'
  >;
  readonly ask: Ask | null;
  readonly signal: AbortSignal;
  readonly isRehearsal: boolean;
  readonly readOnly: boolean;
  readonly note: (line: string) => void;
  /** The command, for the history. */
  readonly command: string;
}

export interface Place {
  readonly store: SiteStore;
  /** The credential store of that kind; opened once. @throws MailError `invalid-settings` */
  credentials(kind: CredentialStoreKind): Promise<CredentialStore>;
  /** Who can open the secrets of a shared store. @throws MailError `invalid-settings` if there is none */
  team(): Promise<TeamPeople & Acceptance>;
  close(): Promise<void>;
}

/** @throws MailError of the stores */
export async function openPlace(where: Where, ports: PlacePorts): Promise<Place> {
  await checkFolders(where, ports);
  const isBackend = where.storeUrl !== undefined && isBackendAddress(where.storeUrl);
  const shared = isBackend ? null : await openShared(where, ports);
  const opened = new Map<CredentialStoreKind, Promise<CredentialStore>>();
  const openOnce = (kind: CredentialStoreKind, kept: Kept) => {
    const found = opened.get(kind) ?? openCredentials(kind, where, kept, ports);
    opened.set(kind, found);
    return found;
  };
  // The token for a backend is stored with the secrets of its sites.
  const secrets = (found: string) =>
    openOnce(ports.environment.credentials, { id: found, shared: null });
  const backend = isBackend ? await (await backendAt(where, ports, secrets)).open() : null;
  const store = backend?.store ?? shared ?? (await filesOf(where));
  const id = backend?.id ?? shared?.id ?? null;
  return {
    store,
    credentials: (kind) => openOnce(kind, { id, shared }),
    async team() {
      const [{ openTeam }, options] = await Promise.all([
        import('../credentials/team-store.js'),
        teamOptions(where, { id, shared }, ports),
      ]);
      const { newcomers, accept } = options.secrets;
      return { ...openTeam(options), newcomers, accept };
    },
    async close() {
      for (const each of opened.values()) await (await each.catch(() => null))?.close();
      await shared?.close();
    },
  };
}

/** A rehearsal's folder is inside the settings folder. */
async function checkFolders(
  { home }: Pick<Where, 'home'>,
  { isRehearsal, readOnly }: Pick<PlacePorts, 'isRehearsal' | 'readOnly'>,
): Promise<void> {
  for (const folder of isRehearsal ? [dirname(home), home] : [home]) {
    await checkSettingsFolder(folder, readOnly);
  }
}

async function filesOf(where: Where): Promise<SiteStore> {
  const { openFileSiteStore } = await import('../stores/files/file-site-store.js');
  return openFileSiteStore(where);
}

async function openShared(
  { home, storeUrl }: Where,
  { isRehearsal, readOnly, signal, note }: PlacePorts,
): Promise<PostgresSiteStore | null> {
  if (storeUrl === undefined) return null;
  const { openPostgresSiteStore } = await import('../stores/postgres/postgres-site-store.js');
  return openPostgresSiteStore(storeUrl, {
    ...{ home, isRehearsal, readOnly, signal },
    onWait: (database) => note(`Waiting for ${database} …`),
  });
}

/** Keeps the secrets of one store apart from those of another. */
interface Kept {
  /** The store's own id; null for files, whose folder has one. */
  readonly id: string | null;
  readonly shared: PostgresSiteStore | null;
}

async function openCredentials(
  kind: CredentialStoreKind,
  where: Where,
  kept: Kept,
  ports: PlacePorts,
): Promise<CredentialStore> {
  const { environment, ask, readOnly } = ports;
  return openCredentialStore(kind, {
    keychain: () => keychainOptions(where, kept, ports),
    vault: {
      folder: join(where.home, kept.id === null ? 'vault' : `vault-${kept.id}`),
      readOnly,
      passphrase: ({ creating }) => askPassphrase(environment.passphrase, ask, creating),
    },
    team: () => teamOptions(where, kept, ports),
  });
}

/** The world of a command about a backend itself. */
interface BackendWorld extends Pick<PlacePorts, 'ask' | 'signal' | 'command'> {
  readonly environment: Environment;
  readonly issuer: { readonly isStandIn: boolean };
  readonly report: { note(line: string): void };
}

/**
 * Works with the backend that WRITEUPP_MAIL_STORE names, whatever the backend reports about itself.
 *
 * @throws MailError `usage` if it names none; `invalid-settings`; what `work` throws
 */
export async function withBackend<T>(
  { environment, ask, signal, issuer, report, command }: BackendWorld,
  work: (backend: Backend) => Promise<T>,
): Promise<T> {
  const { home, storeUrl, credentials } = environment;
  if (storeUrl === undefined || !isBackendAddress(storeUrl)) throw noBackend();
  const ports: PlacePorts = {
    ...{ environment, ask, signal, isRehearsal: issuer.isStandIn, readOnly: false },
    command,
    note: (line) => report.note(line),
  };
  const where = { home, storeUrl };
  await checkFolders(where, ports);
  /** By backend id: at an earlier sign-in, the backend may have had a different id. */
  const opened = new Map<string, Promise<CredentialStore>>();
  const secrets = (id: string) => {
    const found =
      opened.get(id) ?? openCredentials(credentials, where, { id, shared: null }, ports);
    opened.set(id, found);
    return found;
  };
  try {
    return await work(await backendAt(where, ports, secrets));
  } finally {
    for (const each of opened.values()) {
      await each.then((store) => store.close()).catch(() => undefined);
    }
  }
}

async function backendAt(
  { home, storeUrl = '' }: Where,
  ports: PlacePorts,
  secrets: (id: string) => Promise<CredentialStore>,
): Promise<Backend> {
  const { environment, isRehearsal, readOnly, signal, note } = ports;
  const { openBackend } = await import('./backend.js');
  return openBackend({
    ...{ storeUrl, home, isRehearsal, readOnly, signal, note, secrets },
    // The token belongs to the store that is configured: for any other place, there is none.
    givenToken: storeUrl === environment.storeUrl ? environment.storeToken : undefined,
  });
}

/** Sites of two stores may have the same name: this computer keeps the secrets of each store apart. */
async function keychainOptions(
  where: Where,
  { id }: Kept,
  { environment, ask, readOnly, note }: PlacePorts,
): Promise<KeychainOptions> {
  return {
    service: id === null ? await keychainService(where, readOnly) : `writeupp-mail (${id})`,
    environment: environment.forChildren,
    interactive: ask !== null,
    readOnly,
    onSlow: (isPrompt: boolean) =>
      note(
        isPrompt
          ? 'Waiting for the keychain … A window may be asking for your password.'
          : 'Waiting for the keychain …',
      ),
  };
}

async function teamOptions(
  where: Where,
  kept: Kept,
  ports: PlacePorts,
): Promise<TeamOptions & { readonly secrets: Acceptance }> {
  const { shared } = kept;
  if (shared === null) throw noTeam();
  const [{ openTeamTable }, { openKeychain }, { acceptedIn, guarded }] = await Promise.all([
    import('../stores/postgres/team-table.js'),
    import('../credentials/keychain.js'),
    import('../credentials/accepted-members.js'),
  ]);
  const { readOnly, note, command } = ports;
  const secrets = guarded(openTeamTable(shared.database, shared.schema, command), {
    accepted: acceptedIn(where.home, shared.id),
    readOnly,
    onNote: note,
  });
  return {
    secrets,
    keychain: openKeychain(await keychainOptions(where, kept, ports)),
    me: whoAmI(),
    readOnly: ports.readOnly,
    onNote: ports.note,
  };
}

/** For a command about a backend, if none is configured. */
function noBackend(): MailError {
  return new MailError(
    'usage',
    'This is about the service that keeps WriteUpp’s own settings, and WRITEUPP_MAIL_STORE names none.',
    'Set WRITEUPP_MAIL_STORE to the address that WriteUpp gave you, for example: https://settings.writeupp.example',
  );
}

/** For team secrets without a shared store. */
export function noTeam(): MailError {
  return new MailError(
    'invalid-settings',
    'The secrets of a team are kept in a shared database, and WRITEUPP_MAIL_STORE names none.',
    'Set WRITEUPP_MAIL_STORE to the address of the database that the team shares; or unset WRITEUPP_MAIL_CREDENTIALS to use the keychain.',
  );
}

/** How the others of the team see this person. */
function whoAmI(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return hostname();
  }
}

async function askPassphrase(
  known: string | undefined,
  ask: Ask | null,
  creating: boolean,
): Promise<string | undefined> {
  if (known !== undefined || ask === null) return known;
  if (!creating) return ask.secret('Passphrase of the vault:', () => null);
  const { passphraseFault } = await import('../credentials/vault-identity.js');
  const first = await ask.secret(
    'Choose a passphrase for the vault (8 characters or more):',
    passphraseFault,
  );
  await ask.secret('Type it once more:', (answer) =>
    answer === first ? null : 'This is not the same passphrase.',
  );
  return first;
}
