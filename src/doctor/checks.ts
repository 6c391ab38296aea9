/** The checks of this computer, connected to the ports that commands work with. */

import { dirname } from 'node:path';
import type { CredentialReader } from '../credentials/credential-reader.js';
import { readFleetMemory } from '../kit/fleet-memory.js';
import { keychainToTry } from '../kit/keychain-to-try.js';
import { spoolsHere } from '../kit/spools.js';
import { withHeldSite } from '../kit/with-site.js';
import type { World } from '../kit/world.js';
import { leftoversCheck } from './leftovers.js';
import { networkChecks } from './network.js';
import { nightlyCheck } from './nightly.js';
import { type Check, type Finding, pass, warn } from './run-check.js';
import {
  clientFileCheck,
  type ReadSites,
  recordsCheck,
  secretsCheck,
  settingsFolderCheck,
} from './settings.js';
import { spoolsCheck } from './spools-check.js';
import { browserCheck, listenerCheck, nodeCheck } from './this-program.js';

/** What was read of the sites, filled in while the checks run. */
export type Found = { -readonly [Key in keyof ReadSites]: ReadSites[Key] };

/** Above the keychain's own limits: 10 seconds, or 60 if a person may be answering a prompt. */
const KEYCHAIN_MS = 75_000;
/** A person may be typing the vault's passphrase. */
const PASSPHRASE_MS = 300_000;

/** In the order in which they build on each other. @param found filled in by the check of the records */
export function computerChecks(world: World, found: Found): readonly Check[] {
  const { environment, issuer, now } = world;
  const { home, forChildren } = environment;
  let areSecretsReadable = false;
  const secrets = secretsCheck({
    open: () => openSecrets(world, found),
    unused: () => unusedVault(world, found),
    limitMs: environment.credentials === 'vault' ? PASSPHRASE_MS : KEYCHAIN_MS,
  });
  return [
    nodeCheck(now, (forChildren.WRITEUPP_MAIL_KIT ?? '') !== ''),
    settingsFolderCheck(issuer.isStandIn ? [dirname(home), home] : [home]),
    recordsCheck(
      () => world.sites(),
      (read) => {
        Object.assign(found, read);
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
      () => world.client(),
      () => found,
    ),
    listenerCheck(),
    browserCheck(forChildren),
    ...networkChecks(issuer, forChildren, now),
    nightlyCheck({
      found: () => found,
      memory: () => readFleetMemory(home),
      now,
    }),
    spoolsCheck(async () => (await spoolsHere(world))(null)),
    leftoversCheck({
      home,
      found: () => found,
      credentials: async () => (areSecretsReadable ? world.secrets() : null),
      tidy: (site) => withHeldSite(world, site, (held) => held.tidy()),
    }),
  ];
}

async function openSecrets(world: World, { sites }: Found): Promise<CredentialReader | null> {
  const { environment } = world;
  if (environment.credentials === 'vault') {
    return sites.some(({ credentials }) => credentials === 'vault') ? world.secrets() : null;
  }
  // The team's secrets are in the shared store itself.
  return environment.credentials === 'team' ? world.secrets() : keychainToTry(world);
}

function unusedVault({ environment, ask }: World, { isWhole }: Found): Finding {
  if (environment.passphrase === undefined && ask === null) {
    return warn(
      'The vault is chosen, and its passphrase is not set: where nobody can be asked, no password or permission can be stored.',
      'Set WRITEUPP_MAIL_PASSPHRASE for jobs that run by themselves.',
    );
  }
  return isWhole
    ? pass('The vault is chosen. Nothing is in it yet: the first password or sign-in makes it.')
    : warn(
        'Whether the vault holds anything can’t be checked: not every record can be read.',
        'See what is said of the records above, then run the check again.',
      );
}
