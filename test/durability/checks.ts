/** What must hold after a kill, and after the run that goes on from there. Each check gives the violations it found. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailError } from '../../src/errors.js';
import { parseSite } from '../../src/sites/record.js';
import { accountedSlots, passwordSlot, tokenSlot, unsealed } from '../../src/sites/secrets.js';
import type { Site } from '../../src/sites/site.js';
import { openFileSiteStore } from '../../src/stores/files/file-site-store.js';
import type { GoogleStandIn } from '../stand-in/stand-in.js';
import { ACCOUNT, SITE, type Workspace } from '../support/workspace.js';
import { runLettingPersonSignIn } from './run-with-person.js';
import type { ReadSecrets, StoredSecrets } from './secrets-on-disk.js';
import { acceptsLogin } from './smtp-stand-in.js';

/** What a command may do, killed or not. */
export interface Allowed {
  /** `revert-smtp`: the SMTP settings may be gone without a proof. */
  readonly mayRevert: boolean;
  /** `sign-out`: Google may have ended the permission while the record still names it. */
  readonly mayRevoke: boolean;
}

/** A kill that works for ever must end this check. */
const NEXT_RUN_LIMIT_MS = 60_000;

/** Right after the kill: the site can send, and its record tells the truth. */
export async function checkAfterKill(
  workspace: Workspace,
  google: GoogleStandIn,
  readSecrets: ReadSecrets,
  allowed: Allowed,
): Promise<string[]> {
  const site = await readRecord(workspace);
  if (typeof site === 'string') return [site];
  const secrets = await readSecrets(workspace);
  return [
    ...(await checkSmtp(site, google, secrets, allowed)),
    ...(await checkGmail(site, google, secrets, allowed)),
    ...(await checkHistory(site, workspace)),
  ];
}

/** The next run goes on from there, completes, and leaves nothing behind. */
export async function checkNextMigrate(
  workspace: Workspace,
  google: GoogleStandIn,
  readSecrets: ReadSecrets,
): Promise<string[]> {
  const began = performance.now();
  const found = await readRecord(workspace);
  const isUnnamed = typeof found === 'object' && found.smtp === null && found.gmail === null;
  const run = await runLettingPersonSignIn(workspace, [
    ...['migrate', '--yes', '--json'],
    ...(isUnnamed ? ['--account', ACCOUNT] : []),
  ]);
  if (run.code !== 0 || run.result?.pathway !== 'gmail') {
    return [`the next migrate ended with ${run.code}: ${run.error?.message ?? run.stderr}`];
  }
  const site = await readRecord(workspace);
  if (typeof site === 'string') return [site];
  const secrets = await readSecrets(workspace);
  const unaccounted = [...secrets.slots.keys()].filter((slot) => !accountedSlots(site).has(slot));
  const left = [...secrets.strangers, ...(await strayFiles(workspace))];
  return [
    ...(performance.now() - began > NEXT_RUN_LIMIT_MS ? ['the next migrate took too long'] : []),
    ...(await checkGmail(site, google, secrets, { mayRevert: false, mayRevoke: false })),
    ...(await checkHistory(site, workspace)),
    ...(site.smtp === null ? [] : ['SMTP settings are left after migrate']),
    ...unaccounted.map((slot) => `a secret is left that the record does not account for: ${slot}`),
    ...left.map((name) => `a file is left: ${name}`),
  ];
}

async function readRecord({ home }: Workspace): Promise<Site | string> {
  const path = join(home, 'sites', `${SITE}.json`);
  try {
    return parseSite(await readFile(path, 'utf8'), path);
  } catch (error) {
    return `the record is not whole: ${(error as MailError).message}`;
  }
}

async function checkSmtp(
  { smtp, gmail }: Site,
  google: GoogleStandIn,
  { slots }: StoredSecrets,
  { mayRevert }: Allowed,
): Promise<string[]> {
  if (smtp !== null) {
    const { slot, id } = smtp.password ?? { slot: 'a', id: '' };
    const password = unsealed(slots.get(passwordSlot(slot)) ?? null, id);
    if (password === null) return ['the SMTP settings are there, and their password is not'];
    const isAccepted = await acceptsLogin(smtp, smtp.user ?? '', password);
    return isAccepted ? [] : ['the SMTP server does not accept the password'];
  }
  if (mayRevert) return [];
  const isProven = google.messages.some(({ id }) => id === gmail?.test?.id);
  return isProven ? [] : ['the SMTP settings are gone without a proof'];
}

async function checkGmail(
  { gmail }: Site,
  google: GoogleStandIn,
  { slots }: StoredSecrets,
  { mayRevoke }: Allowed,
): Promise<string[]> {
  if (gmail?.method !== 'oauth') return [];
  const token = unsealed(slots.get(tokenSlot(gmail.tokenSlot)) ?? null, gmail.id);
  if (token === null) return ['the record says connected, and there is no token'];
  if (mayRevoke || (await refreshes(google, token))) return [];
  return ['the record says connected, and Google does not accept the token'];
}

/** Whatever the record says, the history tells how it came to be so: nothing is lost, doubled or ahead of it. */
async function checkHistory(
  { smtpRevertedAt, gmail, organisation }: Site,
  { home }: Workspace,
): Promise<string[]> {
  const steps: string[] = [];
  const ids = new Set<string>();
  for await (const { id, step } of openFileSiteStore({ home }).history.read(SITE)) {
    steps.push(step);
    ids.add(id);
  }
  const count = (wanted: string) => steps.filter((step) => step === wanted).length;
  const connections = steps.filter((step) => step === 'sign-in' || step === 'sign-out');
  return [
    ...(steps[0] === 'add-site' ? [] : ['the history does not tell of the addition']),
    ...(ids.size === steps.length ? [] : ['the history tells of something twice']),
    ...(count('revert-smtp') === (smtpRevertedAt === null ? 0 : 1)
      ? []
      : [`the history tells ${count('revert-smtp')} times that SMTP went`]),
    ...((connections.at(-1) === 'sign-in') === (gmail !== null)
      ? []
      : ['the history tells something else of the connection than the record']),
    ...(organisation === 'Harbour Physiotherapy' && count('change-site') === 0
      ? ['the history does not tell of the change']
      : []),
  ];
}

async function refreshes(google: GoogleStandIn, token: string): Promise<boolean> {
  const { installed: client } = google.clientFile();
  const response = await fetch(`${google.url}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: token,
      client_id: client.client_id,
      client_secret: client.client_secret,
    }),
  });
  return response.ok;
}

/** Whatever is in the folders of records and locks beside the one record. */
async function strayFiles({ home }: Workspace): Promise<string[]> {
  const expected = new Set([join('sites', `${SITE}.json`)]);
  const stray: string[] = [];
  for (const folder of ['sites', 'locks']) {
    for (const name of await readdir(join(home, folder))) {
      if (!expected.has(join(folder, name))) stray.push(join(folder, name));
    }
  }
  return stray;
}

/** The Google account of a run of its own: a revocation ends every grant of an account. */
export function accountOfItsOwn(google: GoogleStandIn, number: number): string {
  const email = ACCOUNT.replace('@', `-${number}@`);
  google.addAccount({ email });
  return email;
}
