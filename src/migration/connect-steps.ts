/** Steps 2 and 3: a Google account that may send for the site, and its permission kept safe. */

import { saveConnection } from '../connection/save-connection.js';
import { MailError } from '../errors.js';
import { accountNotNamed } from '../sign-in/outcome.js';
import { signedInPage, storingFailedPage } from '../sign-in/pages.js';
import { signIn } from '../sign-in/sign-in.js';
import { sameAccount } from '../sites/address.js';
import { reassurance } from '../sites/reassurance.js';
import type { Site } from '../sites/site.js';
import type { DecidingStep, Hands, Observer, Situation } from './situation.js';
import { act, done, skip, stop } from './step.js';

/** Skipped if a connection of the expected account works; else the browser. */
export const signInStep: DecidingStep = {
  name: 'sign-in',
  observe: seeWhetherItWorks,
  decide(situation) {
    const { site, signInNeeded, account, canAsk, options } = situation;
    if (signInNeeded === null && site.gmail !== null) {
      const { email } = site.gmail;
      return skip([`${email} is connected, and Google accepts the connection now.`], { email });
    }
    if (account === null && (!canAsk || options.yes)) return stop(accountNotNamed(site.name));
    return act(`Would open Google’s sign-in page${account === null ? '' : ` for ${account}`}.`);
  },
  async act(situation, { hands, deps, signIn: ports }) {
    const { site, options, account, signInNeeded } = situation;
    hands.pending = await signIn(
      {
        issuer: deps.issuer,
        client: deps.client,
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
          ...(signInNeeded === '' || signInNeeded === null ? [] : [signInNeeded]),
          `Signed in as ${email}, with the permission to send email.`,
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
      ? skip(['The permission that is saved stays, and was read back.'])
      : act('Would save the permission to send, and read it back.'),
  async act(situation, { held, hands, deps }) {
    const { pending } = hands;
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
      outcome: done(['Saved, read back, and accepted by Google.']),
      situation: { ...situation, site, live: site.gmail, signInNeeded: null },
    };
  },
  predict(situation) {
    const gmail = foreseen(situation);
    return { ...situation, site: { ...situation.site, gmail }, live: gmail, signInNeeded: null };
  },
};

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
  try {
    const { connection, accessToken } = await observer.prove();
    hands.accessToken = accessToken;
    return { ...situation, site: { ...site, gmail: connection }, live: connection };
  } catch (error) {
    if (error instanceof MailError && error.code === 'sign-in-needed') return need(error.message);
    throw error;
  }
}

/** The connection that a sign-in would give, as far as a dry run can tell. */
function foreseen({ site, account, issuer, now }: Situation): NonNullable<Site['gmail']> {
  return {
    id: 'foreseen',
    email: account ?? site.login,
    subject: 'foreseen',
    issuer,
    clientId: 'foreseen',
    tokenSlot: 'a',
    connectedAt: now.toISOString(),
    usedAt: now.toISOString(),
    test: null,
  };
}
