/** Waits for Google's answer: opens the browser, accepts pastes, and handles answers that may be somebody else's. */

import type { MailError } from '../errors.js';
import type { Arrival, CallbackServer } from './callback-server.js';
import type { Deadline } from './deadline.js';
import { readPaste } from './pasted-address.js';
import { signInTimedOut } from './refusals.js';
import type { SignInRequest } from './request.js';
import type { PageAddress, Talk } from './talk.js';

export interface Wait {
  readonly server: CallbackServer;
  readonly deadline: Deadline;
  readonly request: SignInRequest;
  readonly talk: Talk;
  /** When the time is over. */
  readonly until: Date;
  /** Google's page. */
  readonly url: string;
  /** Lets the person read the terminal before the browser covers it; not again for a second request. */
  readonly waitsForEnter: boolean;
}

/**
 * Makes the function that waits for the next answer. It throws `sign-in-timeout` or `interrupted`, and may be called
 * again if an answer was not from Google.
 */
export function answersOf(wait: Wait): () => Promise<Arrival> {
  const converse = conversation(wait);
  return () => nextArrival(wait, converse);
}

/** Listens while the terminal talks with the person; the first answer from either counts. */
async function nextArrival(
  { server, deadline, request }: Wait,
  converse: (signal: AbortSignal) => Promise<void>,
): Promise<Arrival> {
  const over = new AbortController();
  const talking = converse(AbortSignal.any([over.signal, deadline.signal]));
  // The end of the conversation is not an answer; its failure ends the wait.
  const failure = talking.then(() => new Promise<never>(() => undefined));
  try {
    const arrival = await Promise.race([server.arrivals.first(), deadline.over, failure]);
    if (arrival === 'time-out') throw signInTimedOut(request.timeoutMs);
    server.arrivals.drop();
    return arrival;
  } finally {
    over.abort();
    // An open prompt must release the terminal before anything else is asked.
    await talking.catch(() => undefined);
  }
}

/** Why a sign-in was refused, and whether somebody else may have caused it. */
export interface Refused {
  readonly why: MailError;
  /** Anyone who opened the one-time address before the person did knows the `state`. */
  readonly maybeForged: boolean;
  /** Shows a further refusal in the browser while the person is asked about the first. */
  readonly tell: (arrival: Arrival) => void;
}

/**
 * Asks the person about a refusal. A code that arrives meanwhile counts.
 *
 * @returns what the person wants, or the code that arrived
 * @throws MailError `sign-in-timeout`, or the refusal itself if no other answer can arrive; `interrupted`
 */
export async function weigh(
  { why, maybeForged, tell }: Refused,
  { server, deadline, request, talk }: Pick<Wait, 'server' | 'deadline' | 'request' | 'talk'>,
): Promise<'again' | 'wait' | 'stop' | Arrival> {
  const answered = new AbortController();
  const signal = AbortSignal.any([answered.signal, deadline.signal]);
  const asking = talk.askAboutRefusal(why, maybeForged, signal);
  asking.catch(() => undefined);
  try {
    for (;;) {
      const event = await Promise.race([asking, server.arrivals.first(), deadline.over]);
      if (event === null || event === 'time-out') {
        await deadline.over;
        throw maybeForged ? signInTimedOut(request.timeoutMs) : why;
      }
      if (typeof event === 'string') return event;
      server.arrivals.drop();
      if (event.answer.kind === 'code') return event;
      tell(event);
    }
  } finally {
    answered.abort();
    await asking.catch(() => undefined);
  }
}

/** What the terminal does meanwhile. After an abort by its signal, the next call resumes where it was. */
function conversation(wait: Wait): (signal: AbortSignal) => Promise<void> {
  const { talk, request, until } = wait;
  const page = pageOf(wait);
  let isShown = false;
  let mayPaste = false;
  return async (signal) => {
    if (isShown) talk.waitOn(until, mayPaste);
    else {
      if (request.useBrowser && wait.waitsForEnter) await talk.waitForEnter(page, signal);
      if (signal.aborted) return;
      isShown = true;
      mayPaste = await showAddress(wait);
    }
    if (mayPaste) await takePastes(wait, signal);
  };
}

/** True if the person must open the address by hand, and may paste the one where the browser ended. */
async function showAddress(wait: Wait): Promise<boolean> {
  const { server, request, talk, url, until } = wait;
  const { expectedAccount: account, useBrowser } = request;
  if (useBrowser && (await talk.openBrowser(server.oneTimeAddress))) {
    talk.browserOpened(pageOf(wait), account, until);
    return false;
  }
  talk.showUrl(url, account, until, useBrowser ? 'no-browser' : 'asked-for');
  return true;
}

function pageOf({ url, server }: Wait): PageAddress {
  return { url, oneTime: server.oneTimeAddress };
}

async function takePastes({ server, talk, url }: Wait, signal: AbortSignal): Promise<void> {
  while (talk.askForPaste !== null && !signal.aborted) {
    const text = await talk.askForPaste(signal);
    if (text === null || signal.aborted) return;
    if (talk.copies && /^\s*c\s*$/i.test(text)) {
      talk.copy(url);
      continue;
    }
    const paste = readPaste(text, server.redirectUri);
    if (paste.kind === 'wrong') talk.pasteNotUnderstood(paste.why);
    else if (paste.kind === 'code') return server.submitCode(paste.code);
    else if (server.submit(paste.parameters) === 'accepted') return;
    else
      talk.pasteNotUnderstood(
        'This address belongs to another sign-in, or was changed on the way.',
      );
  }
}
