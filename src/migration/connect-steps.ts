/** Steps 2 and 3: a Google account that may send for the site, and its permission kept safe. */

import { proveAndRecord } from '../connection/connection-history.js';
import { saveConnection } from '../connection/save-connection.js';
import { MailError } from '../errors.js';
import { signedInPage, storingFailedPage } from '../sign-in/pages.js';
import { signIn } from '../sign-in/sign-in.js';
import { sameAccount } from '../sites/address.js';
import { senderChange, senderLines } from '../sites/sender.js';
import type { ConnectRun } from './migration-run.js';
import { reassurance } from './reassurance.js';
import { done, type StepOutcome, skipped } from './step.js';

/** Skipped if a connection of the expected account works; else the browser. @throws as `signIn` */
export async function signInStep(run: ConnectRun): Promise<StepOutcome> {
  const { session, ports, options } = run;
  const why = await whySignIn(run);
  if (why === null && run.live !== null) {
    const { email } = run.live.connection;
    return skipped([`${email} is connected, and Google accepts the connection now.`], { email });
  }
  run.pending = await signIn(
    {
      issuer: ports.issuer,
      client: ports.client,
      site: session.site,
      expectedAccount: run.agreedAccount,
      useBrowser: options.useBrowser,
      timeoutMs: options.timeoutMs,
      reassurance: reassurance(session.site),
    },
    ports.signIn,
  );
  const { email } = run.pending.identity;
  const isNews = run.agreedAccount === null || !sameAccount(run.agreedAccount, email);
  // Another account than the one expected was agreed to by the person, or signIn would have thrown.
  run.agreedAccount = email;
  return done(
    [
      ...(why === null ? [] : [why]),
      `Signed in as ${email}, with the permission to send email.`,
      // What the settings let expect was told before.
      ...(isNews ? senderLines(senderChange(session.site, email)) : []),
    ],
    { email },
  );
}

/** @throws MailError of the credential store; `sign-in-needed`, `network`: the old connection is then as it was */
export async function saveTokensStep(run: ConnectRun): Promise<StepOutcome> {
  const { pending, session, ports } = run;
  if (pending === null) {
    return skipped([`The permission is in ${ports.credentials.description} and was read back.`]);
  }
  try {
    run.live = await saveConnection(session, pending, ports);
    run.tokenReadBack = true;
    run.pending = null;
  } catch (error) {
    await pending.finish(storingFailedPage(error, reassurance(session.site)));
    throw error;
  }
  await pending.finish(signedInPage(session.site, pending.identity.email));
  return done([
    `Saved in ${ports.credentials.description}. Reading it back gave the same, and Google accepts it.`,
  ]);
}

/** Why a sign-in is needed, in words, or null if the connection on record works. */
async function whySignIn(run: ConnectRun): Promise<string | null> {
  const { session, ports, options } = run;
  const { gmail } = session.site;
  if (gmail === null) return null;
  if (options.reauthenticate) return 'Signing in again, as you asked.';
  if (run.agreedAccount !== null && !sameAccount(run.agreedAccount, gmail.email)) {
    return `${gmail.email} was connected, but ${run.agreedAccount} is wanted.`;
  }
  try {
    run.live = await proveAndRecord(session, ports);
    run.tokenReadBack = true;
    return null;
  } catch (error) {
    if (error instanceof MailError && error.code === 'sign-in-needed') return error.message;
    throw error;
  }
}
