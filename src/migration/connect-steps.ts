/** Steps 2 and 3: a Google account that may send for the site, and its permission kept safe. */

import { saveConnection, saveDelegation } from '../connection/save-connection.js';
import { MailError } from '../errors.js';
import type { NamedServiceAccount } from '../google/service-account.js';
import { accountNotNamed } from '../sign-in/outcome.js';
import { signedInPage, storingFailedPage } from '../sign-in/pages.js';
import { signIn } from '../sign-in/sign-in.js';
import { sameAccount } from '../sites/address.js';
import { reassurance } from '../sites/reassurance.js';
import type { GmailConnection, Site } from '../sites/site.js';
import { siteCommand } from '../words/command-line.js';
import type { Acted, DecidingStep, Hands, Observer, Situation, World } from './situation.js';
import { act, done, doneQuietly, skip, skipQuietly, stop } from './step.js';

/** Skipped if a connection of the expected account works; else the service account that was named, or the browser. */
export const signInStep: DecidingStep = {
  name: 'sign-in',
  observe: seeWhetherItWorks,
  decide(situation) {
    const { site, signInNeeded, account, canAsk, options } = situation;
    if (signInNeeded === null && site.gmail !== null) {
      const { email } = site.gmail;
      return skip([`Connected already: ${email}. Google accepts it now.`], { email });
    }
    const { serviceAccount } = options;
    if (serviceAccount !== null) {
      if (account === null) return stop(accountNotNamed());
      return act(`Would let the service account ${serviceAccount.email} send as ${account}.`);
    }
    if (options.withoutSignIn === true) return stop(signInWanted(site.name, signInNeeded ?? ''));
    if (account === null && (!canAsk || options.yes)) return stop(accountNotNamed());
    return act(`Would open Google’s sign-in page${account === null ? '' : ` for ${account}`}.`);
  },
  async act(situation, world) {
    const { site, options, account, signInNeeded } = situation;
    const { hands, deps, signIn: ports } = world;
    if (options.serviceAccount !== null) return delegate(situation, options.serviceAccount, world);
    hands.pending = await signIn(
      {
        issuer: deps.issuer,
        client: await deps.client(),
        site,
        expectedAccount: account,
        useBrowser: options.useBrowser,
        timeoutMs: options.timeoutMs,
        reassurance: reassurance(site),
      },
      ports,
    );
    const { email } = hands.pending.identity;
    return {
      outcome: done(
        [
          `Signed in as ${email}.`,
          ...(signInNeeded === '' || signInNeeded === null ? [] : [signInNeeded]),
        ],
        { email },
      ),
      // Another account than the one expected was agreed to by the person, or signIn would have thrown.
      situation: { ...situation, account: email },
    };
  },
  predict: (situation) => situation,
};

/** Keeps what the sign-in gave: stored, read back, proven live with what was read, and only then on record. */
export const saveTokensStep: DecidingStep = {
  name: 'save-tokens',
  decide: ({ signInNeeded }) =>
    signInNeeded === null
      ? skipQuietly('The permission that is saved stays, and was read back.')
      : act('Would save the permission to send, and read it back.'),
  async act(situation, { held, hands, deps }) {
    const { pending, delegated } = hands;
    if (delegated !== null) {
      const { connection, accessToken } = await saveDelegation(held, delegated, deps);
      hands.accessToken = accessToken;
      hands.delegated = null;
      const { site } = held;
      return {
        outcome: done([keptWords(delegated.serviceAccount)]),
        situation: { ...situation, site, live: connection, signInNeeded: null },
      };
    }
    if (pending === null) throw new TypeError('nobody has signed in');
    try {
      const { accessToken } = await saveConnection(held, pending, deps);
      hands.accessToken = accessToken;
      hands.pending = null;
    } catch (error) {
      await pending.finish(storingFailedPage(error, reassurance(held.site)));
      throw error;
    }
    const { site } = held;
    await pending.finish(signedInPage(site, pending.identity.email));
    return {
      outcome: doneQuietly('Saved the permission to send, and read it back.'),
      situation: { ...situation, site, live: site.gmail, signInNeeded: null },
    };
  },
  predict(situation) {
    const gmail = foreseen(situation);
    return { ...situation, site: { ...situation.site, gmail }, live: gmail, signInNeeded: null };
  },
};

function signInWanted(site: string, why: string): MailError {
  return new MailError(
    'sign-in-needed',
    why === '' ? `"${site}" is not connected to a Google account.` : why,
    `Run it for this site, in a terminal: ${siteCommand('migrate', site)}`,
    { reason: 'not-connected' },
  );
}

/** Google gives the service account a token in the person's name: that is the proof, and nobody signs in. */
async function delegate(
  situation: Situation,
  serviceAccount: NamedServiceAccount,
  { hands, deps }: World,
): Promise<Acted> {
  const { account, site, signInNeeded } = situation;
  if (account === null) throw accountNotNamed();
  const accessToken = await deps.delegation.ofNamed(site.name, serviceAccount, account, deps);
  hands.delegated = { serviceAccount, account, accessToken };
  const reason = signInNeeded === null || signInNeeded === '' ? [] : [signInNeeded];
  const words = `Google lets the service account ${serviceAccount.email} send as ${account}. Nobody has to sign in.`;
  const facts = { email: account, serviceAccount: serviceAccount.email };
  return { outcome: done([words, ...reason], facts), situation };
}

function keptWords({ email, key }: NamedServiceAccount): string {
  return key === null
    ? `Saved that ${email} sends for this site. There is no key to keep: Google signs.`
    : `The key of ${email} is kept, once for all sites that use it, and was read back. Its file can be deleted now.`;
}

/** Whether a connection is by the service account that was named, if one was. */
export function isByWanted(gmail: GmailConnection, wanted: NamedServiceAccount | null): boolean {
  if (wanted === null) return true;
  const signing = wanted.key === null ? 'keyless' : 'key';
  return (
    gmail.method === 'delegation' &&
    gmail.serviceAccount.email === wanted.email &&
    gmail.serviceAccount.signing === signing
  );
}

/** Whether the connection on record is of the account that is wanted, and works: asked of Google, live. */
async function seeWhetherItWorks(
  situation: Situation,
  observer: Observer,
  hands: Hands,
): Promise<Situation> {
  const { site, options, account } = situation;
  const { gmail } = site;
  const need = (signInNeeded: string): Situation => ({ ...situation, signInNeeded });
  if (gmail === null) return need('');
  if (options.reauthenticate) return need('Signing in again, as you asked.');
  if (account !== null && !sameAccount(account, gmail.email)) {
    return need(`${gmail.email} was connected, but ${account} is wanted.`);
  }
  if (!isByWanted(gmail, options.serviceAccount)) {
    return need(`${gmail.email} was connected in another way than by this service account.`);
  }
  if (options.serviceAccount !== null && !(await observer.isKeyKept(options.serviceAccount))) {
    return need('Another key of the service account is kept than the one that was given.');
  }
  try {
    const { connection, accessToken } = await observer.prove();
    hands.accessToken = accessToken;
    return { ...situation, site: { ...site, gmail: connection }, live: connection };
  } catch (error) {
    // Where nobody signed in, no browser mends it: only the key does, given again.
    const isMended = gmail.method === 'oauth' || options.serviceAccount !== null;
    if (isMended && error instanceof MailError && error.code === 'sign-in-needed') {
      return need(error.message);
    }
    throw error;
  }
}

/** The connection that a sign-in would give, as far as a dry run can tell. */
function foreseen({ site, account, issuer, now, options }: Situation): NonNullable<Site['gmail']> {
  const common = {
    id: 'foreseen',
    email: account ?? site.login,
    issuer,
    connectedAt: now.toISOString(),
    usedAt: now.toISOString(),
    test: null,
  };
  const { serviceAccount } = options;
  if (serviceAccount === null) {
    const method = 'oauth' as const;
    return { ...common, method, subject: 'foreseen', clientId: 'foreseen', tokenSlot: 'a' };
  }
  const { email, clientId, key } = serviceAccount;
  const signing = key === null ? 'keyless' : 'key';
  return { ...common, method: 'delegation', serviceAccount: { email, clientId, signing } };
}
