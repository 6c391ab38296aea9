/**
 * What this computer alone knows of a site whose settings are WriteUpp’s: which store holds its secrets, which slot the
 * permission is in, whose keys have to be forgotten, and how its connections fared here. Written under this computer’s
 * lock of the site.
 */

import { join } from 'node:path';
import * as v from 'valibot';
import { STORE_KINDS } from '../../credentials/credential-reader.js';
import { MailError } from '../../errors.js';
import { type Change, withKeys } from '../../sites/change.js';
import { keyOwner } from '../../sites/key-owner.js';
import type { GmailConnection, Site } from '../../sites/site.js';
import { siteKey } from '../../sites/site-name.js';
import { siteSchema } from '../../sites/site-schema.js';
import {
  readPrivateFile,
  removeFileDurably,
  writeFileDurably,
} from '../../storage/durable-file.js';
import { parseJson } from '../../text/json.js';

const [byOAuth] = siteSchema.entries.gmail.wrapped.options;
const { tokenSlot, usedAt, refusals } = byOAuth.entries;
const { keysToForget } = siteSchema.entries;

const localSite = v.strictObject({
  schemaVersion: v.literal(1),
  credentials: v.nullable(v.picklist(STORE_KINDS)),
  /** By connection id: the current one, and one that is just being made. */
  connections: v.record(
    v.string(),
    v.strictObject({ tokenSlot: v.optional(tokenSlot), usedAt, refusals }),
  ),
  keysToForget,
});
export type LocalSite = Omit<v.InferOutput<typeof localSite>, 'schemaVersion'>;

const NOTHING: LocalSite = { credentials: null, connections: {} };

/** This computer’s part of the sites of one backend. */
export interface LocalSites {
  /** @throws MailError `storage`, naming the file */
  read(name: string): Promise<LocalSite>;
  write(name: string, local: LocalSite): Promise<void>;
}

/** @param folder created with the first file */
export function openLocalSites(folder: string): LocalSites {
  const pathOf = (name: string) => join(folder, `${siteKey(name)}.json`);
  return {
    async read(name) {
      const text = await readPrivateFile(pathOf(name));
      if (text === null) return NOTHING;
      const parsed = v.safeParse(localSite, parseJson(text));
      if (!parsed.success) throw damaged(pathOf(name), name);
      const { schemaVersion: _, ...local } = parsed.output;
      return local;
    },
    async write(name, local) {
      const { credentials, connections, keysToForget = [] } = local;
      const isNothing = Object.keys(connections).length + keysToForget.length === 0;
      if (credentials === null && isNothing) {
        await removeFileDurably(pathOf(name));
        return;
      }
      const text = JSON.stringify({ schemaVersion: 1, ...local }, null, 2);
      await writeFileDurably(pathOf(name), `${text}\n`);
    },
  };
}

/** What is kept here of a connection. */
function localOf(gmail: GmailConnection): LocalSite['connections'][string] {
  const { usedAt, refusals } = gmail;
  return {
    usedAt,
    ...(gmail.method === 'oauth' ? { tokenSlot: gmail.tokenSlot } : {}),
    ...(refusals === undefined ? {} : { refusals }),
  };
}

/** What a change does to this computer’s part; null if nothing. */
export function changedHere(change: Change, here: LocalSite, before: Site): LocalSite | null {
  const { connections } = here;
  const used = (connection: string, use: Partial<LocalSite['connections'][string]>) => {
    const { gmail } = before;
    const known = connections[connection] ?? (gmail === null ? null : localOf(gmail));
    if (known === null) return null;
    return { ...here, connections: { ...connections, [connection]: { ...known, ...use } } };
  };
  switch (change.kind) {
    case 'connect': {
      const { connection, credentials } = change;
      const made = { ...connections, [connection.id]: localOf(connection) };
      // The new connection's key stays on the list until WriteUpp has the connection: see `onlyOf`.
      const keys = [...(here.keysToForget ?? []), keyOwner(before.gmail)];
      const kept = { credentials: here.credentials ?? credentials, connections: made };
      return { ...withKeys(here, keys, null), ...kept };
    }
    case 'test':
      return used(change.connection, { usedAt: change.test.acceptedAt });
    case 'use': {
      const { kind: _, connection, ...use } = change;
      return used(connection, use);
    }
    case 'keep-secrets-in':
      return { ...here, credentials: change.credentials };
    case 'keys-to-forget': {
      const credentials = here.credentials ?? change.credentials;
      return { ...withKeys(here, change.keys, null), credentials };
    }
    default:
      return null;
  }
}

/**
 * After a change, drops every connection but the current one; the key of a connection just made is taken off the list
 * of keys to forget.
 */
export function onlyOf(
  site: Pick<Site, 'gmail'> | null,
  local: LocalSite,
  { kind }: Pick<Change, 'kind'>,
): LocalSite {
  const gmail = site?.gmail ?? null;
  const kept = gmail === null ? undefined : local.connections[gmail.id];
  const connections = gmail === null || kept === undefined ? {} : { [gmail.id]: kept };
  const named = kind === 'connect' ? withKeys(local, local.keysToForget ?? [], gmail) : local;
  return { ...named, connections };
}

function damaged(path: string, name: string): MailError {
  return new MailError(
    'storage',
    `${path} is damaged, or of a newer version of writeupp-mail. It says where this computer keeps the secrets of "${name}".`,
    'It was left as it is. Update writeupp-mail, or move the file away: the secrets stay where they are, and the next command finds them.',
  );
}
