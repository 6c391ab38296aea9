/**
 * A backend of WriteUpp’s own settings, as this computer signed in to it: the token, and what the backend reported
 * about itself then. If it reports something else later, no command goes on until a person has checked that and signed
 * in again.
 */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { STORE_TOKEN_KEY, STORE_TOKEN_SLOT } from '../credentials/credential-reader.js';
import type { CredentialStore } from '../credentials/credential-store.js';
import { MailError } from '../errors.js';
import type { SiteStore } from '../sites/site-store.js';
import { readPrivateFile, removeFileDurably, writeFileDurably } from '../storage/durable-file.js';
import { signInNeeded } from '../stores/http/backend-error.js';
import { type BackendAddress, readBackendAddress } from '../stores/http/backend-url.js';
import { type BackendClient, openClient } from '../stores/http/client.js';
import { openHttpSiteStore } from '../stores/http/http-site-store.js';
import { type StoreFacts, storeFacts } from '../stores/http/wire.js';
import { commandLine } from '../text/command-line.js';
import { parseJson } from '../text/json.js';
import { backendRequests } from './backend-requests.js';

/** Where a token is stored, changed and forgotten. */
export type TokenStore = Pick<CredentialStore, 'description' | 'get' | 'set' | 'delete' | 'prove'>;

export interface BackendPorts {
  readonly storeUrl: string;
  /** The settings folder. */
  readonly home: string;
  readonly isRehearsal: boolean;
  readonly readOnly: boolean;
  /** WRITEUPP_MAIL_STORE_TOKEN. */
  readonly givenToken: string | undefined;
  /** The credential store for the backend with that id. */
  secrets(id: string): Promise<TokenStore>;
  readonly signal: AbortSignal;
  note(line: string): void;
}

const pinSchema = v.strictObject({
  schemaVersion: v.literal(1),
  base: v.string(),
  facts: storeFacts,
  /** A backend's response with this mark says that none of this has changed. */
  mark: v.nullable(v.string()),
  hasToken: v.boolean(),
});
/** What is remembered of a sign-in. */
type Pin = v.InferOutput<typeof pinSchema>;

/** A backend, before anything was requested from it. */
export interface Backend {
  readonly address: BackendAddress;
  /** What it reported about itself when this computer signed in to it; null if it never did. */
  readonly facts: StoreFacts | null;
  /** Where the token comes from that commands use; null for none. */
  readonly tokenFrom: 'environment' | 'credentials' | null;
  /** @throws MailError `store-sign-in-needed` */
  token(): Promise<string>;
  client(token: string): BackendClient;
  /** Stores the token, and what the backend reports about itself now. */
  signIn(token: string, facts: StoreFacts, mark: string | null): Promise<TokenStore>;
  /** Forgets both. @returns whether a token was stored */
  signOut(): Promise<boolean>;
  /** @throws MailError `store-sign-in-needed`, `network`, `proxy`, `store-refused` */
  open(): Promise<{ readonly id: string; readonly store: SiteStore }>;
}

/** @throws MailError `invalid-settings`, `storage` */
export async function openBackend(ports: BackendPorts): Promise<Backend> {
  const { home, readOnly, givenToken, secrets, signal, note } = ports;
  const address = readBackendAddress(ports.storeUrl, ports.isRehearsal);
  const path = join(home, 'backends', `${hashOf(address.base)}.json`);
  const send = backendRequests();
  let pin = await readPin(path, address);

  const keepPin = async (next: Pin) => {
    pin = next;
    const text = JSON.stringify(next, null, 2);
    if (!readOnly) await writeFileDurably(path, `${text}\n`);
  };

  async function token(): Promise<string> {
    if (givenToken !== undefined) return checkedToken(givenToken, 'WRITEUPP_MAIL_STORE_TOKEN');
    if (pin?.hasToken !== true) {
      throw signInNeeded(address.description, '', 'no token for it is stored on this computer');
    }
    const store = await secrets(pin.facts.id);
    const found = await store.get(STORE_TOKEN_KEY, STORE_TOKEN_SLOT);
    if (found !== null) return found;
    // A locked keychain answers as if it were empty.
    await store.prove();
    throw signInNeeded(address.description, '', `the token is no longer in ${store.description}`);
  }

  async function forgetToken({ hasToken, facts }: Pin): Promise<void> {
    if (hasToken) await (await secrets(facts.id)).delete(STORE_TOKEN_KEY, STORE_TOKEN_SLOT);
  }

  /** @throws MailError `store-sign-in-needed` if it is not what this run started with */
  async function requireSame(before: StoreFacts, now: StoreFacts): Promise<void> {
    const changes = changesOf(before, now);
    if (changes.length === 0) return;
    const found = await readPin(path, address);
    const isAgreedTo = found !== null && changesOf(found.facts, now).length === 0;
    throw isAgreedTo ? startAgain(address.description) : changedSince(changes, address.description);
  }

  /** After a token was refused: somebody may have signed in again since, while this run kept going. */
  async function rereadToken(): Promise<string> {
    const opened = pin;
    const found = await readPin(path, address);
    if (opened !== null && found !== null) {
      if (changesOf(opened.facts, found.facts).length > 0) throw startAgain(address.description);
    }
    pin = found ?? (opened && { ...opened, hasToken: false });
    return token();
  }

  return {
    address,
    facts: pin?.facts ?? null,
    tokenFrom:
      givenToken !== undefined ? 'environment' : pin?.hasToken === true ? 'credentials' : null,
    token,
    client: (given) => openClient({ address, token: async () => given, send, signal }),
    async signIn(given, facts, mark) {
      const before = pin;
      const store = await secrets(facts.id);
      await store.set(STORE_TOKEN_KEY, STORE_TOKEN_SLOT, given);
      await keepPin({ schemaVersion: 1, base: address.base, facts, mark, hasToken: true });
      // Under the old id it would never be found again.
      if (before !== null && before.facts.id !== facts.id) await forgetToken(before);
      return store;
    },
    async signOut() {
      if (pin === null) return false;
      await forgetToken(pin);
      await removeFileDurably(path);
      return pin.hasToken;
    },
    async open() {
      let heardMark: string | null | undefined;
      let held = await token();
      const client = openClient({
        ...{ address, send, signal },
        async token(refused) {
          if (refused === held) held = await rereadToken();
          return held;
        },
        onWait: () => note(`Waiting for ${address.description} …`),
        async onReply(mark) {
          if (pin === null || (mark !== null && mark === pin.mark)) return;
          // A backend that sends no mark is asked once.
          if (heardMark === null && mark === null) return;
          const { facts, etag } = await client.facts();
          await requireSame(pin.facts, facts);
          heardMark = mark;
          if (etag !== pin.mark) await keepPin({ ...pin, mark: etag });
        },
      });
      if (pin === null) {
        const { facts, etag } = await client.facts();
        const { base, description } = address;
        heardMark = etag;
        await keepPin({ schemaVersion: 1, base, facts, mark: etag, hasToken: false });
        note(`${description}: used from this computer for the first time; its id is ${facts.id}.`);
      }
      const { facts } = pin as unknown as Pin;
      const { description } = address;
      return { id: facts.id, store: openHttpSiteStore({ client, description, facts, home }) };
    },
  };
}

/** What a person agrees to by signing in, in plain words. */
const PINNED = {
  id: 'its id',
  sendsItself: 'whether WriteUpp sends email itself',
  recipient: 'whom permissions are encrypted for',
  clientIds: 'the Google clients that it can use',
} as const satisfies Partial<Record<keyof StoreFacts, string>>;

/** What has changed of what a person agreed to, in plain words. */
export function changesOf(before: StoreFacts, now: StoreFacts): string[] {
  const same = (key: keyof typeof PINNED) =>
    JSON.stringify(before[key]) === JSON.stringify(now[key]);
  return (Object.keys(PINNED) as (keyof typeof PINNED)[])
    .filter((key) => !same(key))
    .map((key) => PINNED[key]);
}

function changedSince(changes: readonly string[], where: string): MailError {
  return new MailError(
    'store-sign-in-needed',
    `${where}: what it reports about itself has changed since this computer signed in: ${changes.join('; ')}.`,
    `Contact WriteUpp support to check that this is right. If it is, agree to it: ${commandLine('store', 'login')}`,
  );
}

/** Somebody has meanwhile agreed to something other than what this run started with. */
function startAgain(where: string): MailError {
  return new MailError(
    'store-sign-in-needed',
    `${where}: what it reports about itself has changed since this run started.`,
    'Somebody has agreed to it since. End this run, and start it again.',
  );
}

/** Whether a text can be a token, ignoring spaces around it. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,4096}$/.test(text.trim());
}

/** @throws MailError `invalid-settings`, which never quotes the token */
export function checkedToken(text: string, from: string): string {
  if (isToken(text)) return text.trim();
  throw new MailError(
    'invalid-settings',
    `${from}: this can’t be a token.`,
    'A token is one word of letters, digits and signs, as WriteUpp gave it. Copy it whole, and nothing else.',
  );
}

function hashOf(base: string): string {
  return createHash('sha256').update(base).digest('hex').slice(0, 16);
}

async function readPin(path: string, { base }: BackendAddress): Promise<Pin | null> {
  const text = await readPrivateFile(path);
  if (text === null) return null;
  const parsed = v.safeParse(pinSchema, parseJson(text));
  if (parsed.success && parsed.output.base === base) return parsed.output;
  throw new MailError(
    'storage',
    `${path} is damaged, or of a newer version of writeupp-mail. It says what was agreed to at the sign-in to ${base}.`,
    `It was left as it is. Update writeupp-mail; or move the file away and sign in again: ${commandLine('store', 'login')}`,
  );
}
