/** The world of a command: every port it works with, each created when it is first needed. */

import { chooseIssuer } from '../google/issuer.js';
import { browserHere } from '../sign-in/surroundings.js';
import type { SwitchWorld } from '../steps/situation.js';
import { humanReporter } from '../terminal/human-reporter.js';
import { jsonReporter } from '../terminal/json-reporter.js';
import { type Look, lookOf } from '../terminal/look.js';
import { type EndingReport, withOneEnd } from '../terminal/one-end.js';
import type { Ask } from '../terminal/prompts.js';
import { terminalPrompts } from '../terminal/prompts.js';
import type { Reporter } from '../terminal/reporter.js';
import { type Style, styleFor } from '../terminal/style.js';
import { type Trace, traceRequests } from '../terminal/trace.js';
import type { Environment } from './environment.js';
import { once } from './once.js';
import { noTeam, openPlace, type Place, type Where } from './place.js';

/** The process's own streams. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The options that every command accepts. */
export interface CommonOptions {
  readonly site?: string;
  /** Everything that `--site` named, for a command that accepts several. */
  readonly sites?: readonly string[];
  readonly yes?: boolean;
  readonly json?: boolean;
  /** From `--no-color`, as Commander names it. */
  readonly color?: boolean;
  readonly verbose?: boolean;
  /** Only for `migrate`: nothing may be written, not even a dummy entry to prove the keychain. */
  readonly dryRun?: boolean;
  /** Only for the commands that sign in: the Google client file of this run. */
  readonly client?: string;
}

/** What a command works with. Anything that loads a library or connects is a function; `{ ...world, signal }` works. */
export interface World extends SwitchWorld {
  readonly environment: Environment;
  readonly options: CommonOptions;
  readonly streams: Streams;
  /** For standard output. */
  readonly style: Style;
  /** A place where sites are stored; this run's own is behind `sites` and `secrets`. */
  place(where: Where): Promise<Place>;
  /** After Ctrl-C, this command finishes what is in progress, for at most this long, in milliseconds. */
  allowToFinish(ms: number): void;
}

/** A world, and what the process that opened it does with it. */
export interface OpenWorld {
  readonly world: World;
  /** Reports how the command ended, and silences the report. */
  readonly end: EndingReport['end'];
  /** Whether a question is waiting for an answer. */
  isAsking(): boolean;
  /** How long the command may take to end cleanly after Ctrl-C, in milliseconds; null if it did not say. */
  endingMs(): number | null;
  /** Closes everything that was opened. */
  close(): Promise<void>;
}

/** Only the report: for errors that occur before there is a world. */
export function makeReport(
  streams: Streams,
  json: boolean,
  look: Look,
  isVerbose: boolean,
): EndingReport {
  return withOneEnd(json ? jsonReporter(streams) : humanReporter(streams, look, isVerbose), json);
}

/** @throws MailError `invalid-settings` for an environment variable that can't be used */
export function openWorld(
  environment: Environment,
  streams: Streams,
  options: CommonOptions,
  command: string,
  signal: AbortSignal,
): OpenWorld {
  const { forChildren } = environment;
  const look = lookOf(forChildren, options.color === false);
  const isVerbose = options.verbose === true;
  const { reporter: report, end } = makeReport(streams, options.json === true, look, isVerbose);
  const canAsk = options.json !== true && streams.stderr.isTTY && streams.stdin.isTTY;
  const questions = canAsk
    ? watchQuestions(terminalPrompts(streams, look, () => report.clear(), signal))
    : null;
  const ask = questions?.prompts ?? null;
  for (const notice of environment.notices) report.note(notice);
  const issuer = chooseIssuer(environment.googleUrl);
  if (issuer.isStandIn) {
    report.note(`Rehearsal: ${issuer.id} stands in for Google. This is not the real Google.`);
  }
  const trace = isVerbose ? startTrace(report) : () => undefined;
  const places = new Map<string, Promise<Place>>();
  const place: World['place'] = (where) => {
    const key = where.storeUrl ?? where.home;
    const found =
      places.get(key) ??
      openPlace(where, {
        ...{ environment, ask, signal, command, isRehearsal: issuer.isStandIn },
        readOnly: options.dryRun === true,
        note: (line) => report.note(line),
      });
    places.set(key, found);
    return found;
  };
  const own = () => {
    if (environment.credentials === 'team' && environment.storeUrl === undefined) throw noTeam();
    return place(environment);
  };
  let endingMs: number | null = null;
  const world: World = {
    ...{ environment, options, streams, report, ask, issuer, command, signal, place },
    style: styleFor(streams.stdout, look),
    browser: browserHere(forChildren),
    tokens: null,
    now: () => new Date(),
    allowToFinish: (ms) => {
      endingMs = ms;
    },
    sites: async () => {
      const { store } = await own();
      trace(`Site records: ${store.description}`);
      return store;
    },
    secrets: async () => {
      const store = await (await own()).credentials(environment.credentials);
      trace(`Passwords and permissions: ${store.description}`);
      return store;
    },
    client: async () => {
      const { clientOfRun } = await import('./client-file.js');
      trace(`Google client file: ${options.client ?? environment.oauthClientPath}`);
      return clientOfRun({ environment, options, report, sites: world.sites });
    },
    delegation: once(async () => {
      const { DelegatedTokens } = await import('../connection/delegated-tokens.js');
      return new DelegatedTokens(forChildren);
    }),
    dns: async () => {
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
  };
  return {
    world,
    end,
    isAsking: () => questions?.areOpen() === true,
    endingMs: () => endingMs,
    close: async () => {
      report.clear();
      for (const each of places.values()) await (await each.catch(() => null))?.close();
    },
  };
}

/** Traces each request, but each file only once. */
function startTrace(report: Reporter): Trace {
  traceRequests((line) => report.note(line));
  const traced = new Set<string>();
  return (line) => {
    if (traced.has(line)) return;
    traced.add(line);
    report.note(line);
  };
}

/** Prompts, and whether any question is waiting for an answer. */
interface WatchedPrompts {
  readonly prompts: Ask;
  areOpen(): boolean;
}

/** Counts the questions of these prompts, and of all prompts derived from them. */
function watchQuestions(prompts: Ask): WatchedPrompts {
  let open = 0;
  const watched = (target: Ask): Ask =>
    new Proxy(target, {
      get(_target, name: keyof Ask) {
        const ask = target[name] as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          const answer = ask(...args);
          if (!(answer instanceof Promise)) return watched(answer as Ask);
          open += 1;
          return answer.finally(() => {
            open -= 1;
          });
        };
      },
    });
  return { prompts: watched(prompts), areOpen: () => open > 0 };
}
