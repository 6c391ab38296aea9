/** What a command works with: the ports gathered, each made when it is first needed. */

import { resolve } from 'node:path';
import type { CredentialStore } from '../credentials/credential-store.js';
import type { AssessDelivery } from '../delivery/report.js';
import { chooseIssuer, type Issuer } from '../google/issuer.js';
import type { OAuthClient } from '../google/oauth-client-file.js';
import type { SiteStore } from '../sites/site-store.js';
import { humanReporter } from '../terminal/human-reporter.js';
import { jsonReporter } from '../terminal/json-reporter.js';
import { type Look, lookOf } from '../terminal/look.js';
import { type EndingReport, withOneEnd } from '../terminal/one-end.js';
import { watchQuestions } from '../terminal/open-questions.js';
import { type Prompts, terminalPrompts } from '../terminal/prompts.js';
import type { Reporter } from '../terminal/reporter.js';
import { type Style, styleFor } from '../terminal/style.js';
import { type Trace, traceRequests } from '../terminal/trace.js';
import type { Environment } from './environment.js';
import { noTeam, openPlace, type Place, type Where } from './place.js';

/** The process's own streams. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The options that every command takes. */
export interface CommonOptions {
  readonly site?: string;
  /** All that `--site` named, for a command that takes several. */
  readonly sites?: readonly string[];
  readonly yes?: boolean;
  readonly json?: boolean;
  /** Commander's way of `--no-color`. */
  readonly color?: boolean;
  readonly verbose?: boolean;
  /** Only `migrate` has it: nothing may be written, not even a dummy entry to prove the keychain. */
  readonly dryRun?: boolean;
  /** Only the commands that sign in have it: the Google client file of this run. */
  readonly client?: string;
}

/** What a command works with. */
export interface Context {
  readonly environment: Environment;
  readonly options: CommonOptions;
  readonly streams: Streams;
  readonly reporter: Reporter;
  /** Null where nobody can be asked: with `--json`, or where there is no terminal. */
  readonly prompts: Prompts | null;
  /** The style of standard output. */
  readonly style: Style;
  readonly issuer: Issuer;
  readonly signal: AbortSignal;
  now(): Date;
  /** A place where sites are on record; this run's own is behind `sites` and `credentials`. */
  place(where: Where): Promise<Place>;
  sites(): Promise<SiteStore>;
  credentials(): Promise<CredentialStore>;
  oauthClient(): Promise<OAuthClient>;
  /** Asks the DNS about senders; null in a rehearsal that names no DNS server: its domains are made up. */
  delivery(): Promise<AssessDelivery | null>;
  /** After Ctrl-C, this command finishes what it has in hand: it may take so long, in milliseconds. */
  allowToFinish(ms: number): void;
  /** How long the command may take to end in good order after Ctrl-C, in milliseconds. */
  endingMs(): number;
  /** Tells how the command ended, and makes the reporter silent. */
  readonly end: EndingReport['end'];
  /** Whether a question is open. */
  isAsking(): boolean;
  /** Ends what was started. */
  close(): Promise<void>;
}

/** How long a command may take to end in good order after Ctrl-C, in milliseconds. */
export const ENDING_MS = 3_000;

/** Makes the report alone: for errors that come before there is a context. */
export function makeReport(
  streams: Streams,
  json: boolean,
  look: Look,
  isVerbose: boolean,
): EndingReport {
  return withOneEnd(json ? jsonReporter(streams) : humanReporter(streams, look, isVerbose), json);
}

/** @throws MailError `invalid-settings` for an environment variable that can't be used */
export function makeContext(
  environment: Environment,
  streams: Streams,
  options: CommonOptions,
  signal: AbortSignal,
): Context {
  const look = lookOf(environment.forChildren, options.color === false);
  const { reporter, end } = makeReport(
    streams,
    options.json === true,
    look,
    options.verbose === true,
  );
  const canAsk = options.json !== true && streams.stderr.isTTY && streams.stdin.isTTY;
  const questions = canAsk
    ? watchQuestions(terminalPrompts(streams, look, () => reporter.clear(), signal))
    : null;
  const prompts = questions?.prompts ?? null;
  for (const notice of environment.notices) reporter.note(notice);
  const issuer = chooseIssuer(environment.googleUrl);
  if (issuer.isStandIn) {
    reporter.note(`Rehearsal: ${issuer.id} stands in for Google. This is not the real Google.`);
  }
  const trace = options.verbose === true ? startTrace(reporter) : () => undefined;
  const places = new Map<string, Promise<Place>>();
  const place: Context['place'] = (where) => {
    const key = where.storeUrl ?? where.home;
    const found =
      places.get(key) ??
      openPlace(where, {
        ...{ environment, prompts, signal, isRehearsal: issuer.isStandIn },
        readOnly: options.dryRun === true,
        note: (line) => reporter.note(line),
      });
    places.set(key, found);
    return found;
  };
  const own = () => {
    if (environment.credentials === 'team' && environment.storeUrl === undefined) throw noTeam();
    return place(environment);
  };
  let endingMs = ENDING_MS;
  return {
    environment,
    options,
    streams,
    reporter,
    end,
    prompts,
    isAsking: () => questions?.areOpen() === true,
    style: styleFor(streams.stdout, look),
    issuer,
    signal,
    now: () => new Date(),
    place,
    endingMs: () => endingMs,
    allowToFinish: (ms) => {
      endingMs = ms;
    },
    sites: async () => {
      const { store } = await own();
      trace(`Site records: ${store.description}`);
      return store;
    },
    credentials: async () => {
      const store = await (await own()).credentials(environment.credentials);
      trace(`Passwords and permissions: ${store.description}`);
      return store;
    },
    oauthClient: async () => {
      const { readOAuthClientFile } = await import('../google/oauth-client-file.js');
      const path =
        options.client === undefined ? environment.oauthClientPath : resolve(options.client);
      trace(`Google client file: ${path}`);
      return readOAuthClientFile(path);
    },
    delivery: async () => {
      const { dnsServer } = environment;
      if (issuer.isStandIn && dnsServer === undefined) return null;
      const [{ assessDelivery }, { dnsResolver }] = await Promise.all([
        import('../delivery/assess.js'),
        import('../delivery/dns.js'),
      ]);
      const resolver = dnsResolver(dnsServer ?? null);
      trace(`DNS: ${dnsServer ? `${dnsServer.host}, port ${dnsServer.port}` : 'of this computer'}`);
      return (question) => assessDelivery(question, resolver, { signal });
    },
    close: async () => {
      reporter.clear();
      for (const each of places.values()) await (await each.catch(() => null))?.close();
    },
  };
}

/** Tells each request, and each file once. */
function startTrace(reporter: Reporter): Trace {
  traceRequests((line) => reporter.note(line));
  const told = new Set<string>();
  return (line) => {
    if (told.has(line)) return;
    told.add(line);
    reporter.note(line);
  };
}
