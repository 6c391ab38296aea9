/** Steps 2 and 3: a Google account that may send for the site, and its permission saved. */

import { saveConnection, saveDelegation } from '../connection/save-connection.js';
import { MailError } from '../errors.js';
import type { NamedServiceAccount } from '../google/service-account.js';
import { signIn } from '../sign-in/browser-sign-in.js';
import { signedInPage, storingFailedPage } from '../sign-in/pages.js';
import { accountNotNamed } from '../sign-in/refusals.js';
import { askerOf } from '../sign-in/talk.js';
import { sameAccount } from '../sites/address.js';
import { kindOf, signInOf } from '../sites/connection-kind.js';
import type { HeldSite } from '../sites/held-site.js';
import { reassurance } from '../sites/reassurance.js';
import { refreshToken } from '../sites/secrets.js';
import type { GmailConnection, Site } from '../sites/site.js';
import { isDone } from '../sites/site-view.js';
import { siteCommand } from '../text/command-line.js';
import type {
  Acted,
  Acting,
  DecidingStep,
  Hands,
  MigrationOptions,
  Observer,
  Situation,
  SwitchWorld,
} from './situation.js';
import { act, done, doneQuietly, skip, skipQuietly, stop } from './step.js';

/** Skipped if a connection of the expected account works; else uses the service account named, or the browser. */
export const signInStep: DecidingStep = {
  name: 'sign-in',
  async observe(situation, observer, hands) {
    const seen = await seeWhetherItWorks(situation, observer, hands);
    if (seen.signInNeeded === null || isLeftToPerson(seen.options)) return seen;
    return { ...seen, handOverRefusal: await observer.handOverRefusal(seen.options) };
  },
  decide(situation) {
    const { site, signInNeeded, account, canAsk, options, handOverRefusal } = situation;
    if (signInNeeded === null && site.gmail !== null) {
      const { email } = site.gmail;
      return skip([`Connected already: ${email}. Google accepts it now.`], { email });
    }
    if (isLeftToPerson(options)) return stop(signInWanted(site.name, signInNeeded ?? ''));
    if (handOverRefusal !== null) return stop(handOverRefusal);
    const { serviceAccount } = options;
    if (serviceAccount !== null) {
      if (account === null) return stop(accountNotNamed());
      return act(`Would let the service account ${serviceAccount.email} send as ${account}.`);
    }
    if (account === null && (!canAsk || options.yes)) return stop(accountNotNamed());
    return act(`Would open Google’s sign-in page${account === null ? '' : ` for ${account}`}.`);
  },
  async act(situation, acting) {
    const { site, options, account, signInNeeded } = situation;
    const { hands, held, world } = acting;
    await agreeToReplace(held, world);
    if (options.serviceAccount !== null) return delegate(situation, options.serviceAccount, acting);
    hands.pending = await signIn(
      {
        site,
        expectedAccount: account,
        useBrowser: options.useBrowser,
        readFirst: options.readFirst,
        timeoutMs: options.timeoutMs,
        reassurance: reassurance(site),
      },
      world,
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
      // The person agreed to an account other than the one expected, or signIn would have thrown.
      situation: { ...situation, account: email },
    };
  },
  predict: (situation) => situation,
};

/** Saves what the sign-in gave: stored, read back, proven live with what was read, and only then in the record. */
export const saveTokensStep: DecidingStep = {
  name: 'save-tokens',
  decide: ({ signInNeeded }) =>
    signInNeeded === null
      ? skipQuietly('The permission that is saved stays, and was read back.')
      : act('Would save the permission to send, and read it back.'),
  async act(situation, { held, hands, world }) {
    const { pending, delegated } = hands;
    if (delegated !== null) {
      const { connection, accessToken } = await saveDelegation(held, delegated, world);
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
      const { accessToken } = await saveConnection(held, pending, world);
      hands.accessToken = accessToken;
      hands.pending = null;
    } catch (error) {
      await pending.finish(storingFailedPage(error, reassurance(held.site)));
      throw error;
    }
    const { site } = held;
    const store = await world.sites();
    const page = { isDone: isDone(site, store), isWriteUpp: !store.can.markDone };
    await pending.finish(signedInPage(site, pending.identity.email, page));
    return {
      outcome: held.handsOver
        ? done(
            [
              'Handed the permission over to WriteUpp, which opened it.',
              copyWords(site, 'on this computer'),
            ],
            {},
          )
        : doneQuietly('Saved the permission to send, and read it back.'),
      situation: { ...situation, site, live: site.gmail, signInNeeded: null },
    };
  },
  predict(situation) {
    const gmail = foreseen(situation);
    return { ...situation, site: { ...situation.site, gmail }, live: gmail, signInNeeded: null };
  },
};

/** After a hand-over. @param where the copy is */
export function copyWords({ name }: Pick<Site, 'name'>, where: string): string {
  return `A copy stays ${where}, for "send". To have none here afterwards: ${siteCommand('sign-out', name, '--keep-grant')}`;
}

/** In a run over many sites nobody signs in. */
export function isLeftToPerson({ withoutSignIn, serviceAccount }: MigrationOptions): boolean {
  return withoutSignIn === true && serviceAccount === null;
}

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
  { hands, world }: Acting,
): Promise<Acted> {
  const { account, site, signInNeeded } = situation;
  if (account === null) throw accountNotNamed();
  const delegation = await world.delegation();
  const accessToken = await delegation.ofNamed(site.name, serviceAccount, account, world);
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

/** Whether a connection is by the service account named, if one was. */
export function isByWanted(gmail: GmailConnection, wanted: NamedServiceAccount | null): boolean {
  if (wanted === null) return true;
  const signing = wanted.key === null ? 'keyless' : 'key';
  const by = kindOf(gmail).serviceAccount(gmail);
  return by?.email === wanted.email && by.signing === signing;
}

/** Why somebody has to connect, as far as the record and the options say; null where only Google knows. */
export function whyConnect({
  site: { gmail },
  options,
  account,
}: Pick<Situation, 'site' | 'options' | 'account'>): string | null {
  if (gmail === null) return '';
  if (options.reauthenticate) return 'Signing in again, as you asked.';
  if (account !== null && !sameAccount(account, gmail.email)) {
    return `${gmail.email} was connected, but ${account} is wanted.`;
  }
  if (!isByWanted(gmail, options.serviceAccount)) {
    return `${gmail.email} was connected in another way than by this service account.`;
  }
  return null;
}

/** Whether the stored connection is of the account wanted, and works: asked of Google, live. */
async function seeWhetherItWorks(
  situation: Situation,
  observer: Observer,
  hands: Hands,
): Promise<Situation> {
  const { site, options } = situation;
  const { gmail } = site;
  const need = (signInNeeded: string): Situation => ({ ...situation, signInNeeded });
  const why = whyConnect(situation);
  if (gmail === null || why !== null) return need(why ?? '');
  if (options.serviceAccount !== null && !(await observer.isKeyKept(options.serviceAccount))) {
    return need('Another key of the service account is kept than the one that was given.');
  }
  try {
    const { connection, accessToken } = await observer.prove();
    hands.accessToken = accessToken;
    return { ...situation, site: { ...site, gmail: connection }, live: connection };
  } catch (error) {
    // Where nobody signed in, a browser doesn't fix it: only giving the key again does.
    const isFixed = kindOf(gmail).isSignIn || options.serviceAccount !== null;
    if (isFixed && error instanceof MailError && error.code === 'sign-in-needed') {
      return need(error.message);
    }
    throw error;
  }
}

/** The connection that a sign-in would give, in so far as a dry run can know. */
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

/**
 * A connection whose permission is on another computer: signing in here ends its sending. This is said, and asked where
 * somebody can be asked.
 *
 * @throws MailError `cancelled` for a No; of the stores
 */
async function agreeToReplace(held: HeldSite, world: SwitchWorld): Promise<void> {
  const { organisation } = held.site;
  const gmail = signInOf(held.site.gmail);
  if (gmail === null || !(await world.sites()).isShared) return;
  const secrets = await held.credentials();
  // What a team's store lacks, all its computers lack.
  if (held.site.credentials === 'team') return;
  if ((await refreshToken(held.site, gmail, secrets)) !== null) return;
  world.report.note(
    `${organisation} is connected to ${gmail.email}, and the permission isn’t in ${secrets.description}. Another computer that shares these sites may have it: signing in here takes its place, and that computer can’t send for this site any more.`,
  );
  const ask = askerOf(world);
  if (ask === null || (await ask.confirm('Sign in on this computer instead?'))) return;
  throw new MailError(
    'cancelled',
    'You said No.',
    'Nothing was changed. For several computers to send for one site, keep its secrets for the team: writeupp-mail team --help',
  );
}
