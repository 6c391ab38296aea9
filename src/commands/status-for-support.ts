/** `status --for-support`: what support asks for on the phone, in a block to read aloud. Never a secret. */

import { arch, release, type } from 'node:os';
import { readLastFailure } from '../command-kit/last-failure.js';
import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { VERSION } from '../version.js';
import { keychainToTry } from './keychain-to-try.js';

/** Shows the block; what can't be read is told in it by its code. */
export async function showForSupport(context: Context): Promise<void> {
  const { environment } = context;
  const store = await orCode(async () => (await context.sites()).description);
  const sites = await orCode(async () => (await (await context.sites()).names()).length);
  const client = await orCode(async () => (await context.oauthClient()).id);
  const credentials = await orCode(async () => {
    // A vault asks for its passphrase when it is opened; only the keychain can be out of order by itself.
    if (environment.credentials !== 'keychain') return (await context.credentials()).description;
    const keychain = await keychainToTry(context);
    await keychain.prove();
    return keychain.description;
  });
  const lastFailure = await readLastFailure(environment);
  const system = `${type()} ${release()} (${arch()})`;
  const facts = {
    version: VERSION,
    system,
    node: process.versions.node,
    store,
    sites,
    client,
    credentials,
    lastFailure,
  };
  const rows: [label: string, value: string][] = [
    ['Version', VERSION],
    ['System', system],
    ['Node.js', process.versions.node],
    ['Records', `${store}; sites: ${sites}`],
    ['Google client', String(client)],
    ['Passwords', String(credentials)],
    [
      'Last failure',
      lastFailure === null
        ? 'none'
        : `${lastFailure.code}, at ${lastFailure.at.slice(0, 16).replace('T', ' ')} UTC, by ${lastFailure.command}`,
    ],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  context.reporter.result(facts, [
    context.style.strong('For support: read this aloud.'),
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
  ]);
}

async function orCode<T>(read: () => Promise<T>): Promise<T | string> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof MailError && error.code !== 'interrupted') return error.code;
    throw error;
  }
}
