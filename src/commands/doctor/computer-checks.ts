/** The checks of this computer, with the parts that commands work with. */

import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { holding } from '../../command-kit/on-site.js';
import type { Context } from '../../context/context.js';
import type { CredentialReader } from '../../credentials/credential-reader.js';
import { type Check, type Finding, pass, warn } from '../../doctor/check.js';
import { leftoversCheck } from '../../doctor/leftovers.js';
import { networkChecks } from '../../doctor/network.js';
import { nightlyCheck } from '../../doctor/nightly.js';
import {
  clientFileCheck,
  type ReadSites,
  recordsCheck,
  secretsCheck,
  settingsFolderCheck,
} from '../../doctor/settings.js';
import { browserCheck, listenerCheck, nodeCheck } from '../../doctor/this-program.js';
import { readFleetMemory } from '../../many/fleet-memory.js';
import { keychainToTry } from '../keychain-to-try.js';

/** What was read of the sites, filled in as the checks run. */
export type Found = { -readonly [Key in keyof ReadSites]: ReadSites[Key] };

/** Beyond the limits that the keychain has by itself: 10 seconds, or 60 where a person may be answering. */
const KEYCHAIN_MS = 75_000;
/** A person may be typing the vault's passphrase. */
const PASSPHRASE_MS = 300_000;

/** In the order in which they build on each other. @param found is filled in by the check of the records */
export function computerChecks(context: Context, found: Found): readonly Check[] {
  const { environment, issuer, now } = context;
  const { home, forChildren } = environment;
  let areSecretsReadable = false;
  const secrets = secretsCheck({
    open: () => openSecrets(context, found),
    unused: unusedVault(context),
    limitMs: environment.credentials === 'vault' ? PASSPHRASE_MS : KEYCHAIN_MS,
  });
  return [
    nodeCheck(now),
    settingsFolderCheck(issuer.isStandIn ? [dirname(home), home] : [home]),
    recordsCheck(
      () => context.sites(),
      ({ names, sites }) => {
        found.names = names;
        found.sites = sites;
      },
    ),
    {
      ...secrets,
      async run(signal) {
        const finding = await secrets.run(signal);
        areSecretsReadable = finding !== null && finding.status !== 'fail';
        return finding;
      },
    },
    clientFileCheck(
      environment.oauthClientPath,
      () => context.oauthClient(),
      () => found.sites,
    ),
    listenerCheck(),
    browserCheck(forChildren),
    ...networkChecks(issuer, forChildren, now),
    nightlyCheck({
      sites: () => found.sites,
      memory: () => readFleetMemory(home),
      now,
      userHome: homedir(),
      variables: forChildren,
    }),
    leftoversCheck({
      home,
      sites: () => found.sites,
      credentials: async () => (areSecretsReadable ? context.credentials() : null),
      tidy: (site) => holding(context, site, 'doctor', (held) => held.tidy()),
    }),
  ];
}

async function openSecrets(context: Context, { sites }: Found): Promise<CredentialReader | null> {
  const { environment } = context;
  if (environment.credentials === 'vault') {
    return sites.some(({ credentials }) => credentials === 'vault') ? context.credentials() : null;
  }
  // Its secrets are in the store of records itself.
  return environment.credentials === 'team' ? context.credentials() : keychainToTry(context);
}

function unusedVault({ environment, prompts }: Context): Finding {
  if (environment.passphrase !== undefined || prompts !== null) {
    return pass(
      'The vault is chosen. Nothing is in it yet: the first password or sign-in makes it.',
    );
  }
  return warn(
    'The vault is chosen, and its passphrase is not set: where nobody can be asked, no password or permission can be stored.',
    'Set WRITEUPP_MAIL_PASSPHRASE for jobs that run by themselves.',
  );
}
