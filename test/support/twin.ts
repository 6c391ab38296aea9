/**
 * The twin of a world, in memory: anything that a test does not expect throws. Commands run in it as in the real one,
 * and their output is read from it.
 */

import { runProgram } from '../../src/app/program.js';
import type { CommonOptions, OpenWorld, World } from '../../src/kit/world.js';
import type { Ask } from '../../src/terminal/prompts.js';
import type { Reporter } from '../../src/terminal/reporter.js';
import { styleFor } from '../../src/terminal/style.js';
import { MemorySecrets, MemorySites, openGate } from './memory-store.js';

/** Questions, recognised by a pattern, and their answers; a function is called with the question. */
export type Answers = readonly (readonly [question: RegExp, answer: unknown])[];

/** What a command wrote. */
export class Heard {
  readonly notes: string[] = [];
  readonly lines: string[] = [];
  readonly results: Readonly<Record<string, unknown>>[] = [];
  readonly steps: string[] = [];
  readonly questions: string[] = [];
}

/** A world with only the expected members, and memory behind its stores for tests to inspect. */
export function twin(
  expected: Partial<World> = {},
  { sites = new MemorySites(), secrets = new MemorySecrets(), heard = new Heard() } = {},
): World {
  const nobodyElse = () => Promise.reject(new Error('nobody else is here'));
  const out = { isTTY: false, columns: 80 } as unknown as NodeJS.WriteStream;
  const world: World = {
    environment: unexpected<World['environment']>('environment', {
      ...{ home: '/nowhere', oauthClientPath: '/nowhere/oauth-client.json' },
      ...{ site: undefined, storeUrl: undefined, credentials: 'vault' },
    }),
    options: {},
    streams: { stdin: unexpected<NodeJS.ReadStream>('stdin', {}), stdout: out, stderr: out },
    report: listening(heard),
    ask: null,
    browser: unexpected<World['browser']>('browser', { canOpen: false }),
    style: styleFor(out, { colour: false, cursor: false, signs: true, copies: false, kit: false }),
    issuer: {
      ...{ id: 'https://accounts.google.com', isStandIn: false, discoveryUrl: '' },
      ...{ gmailRootUrl: '', iamRootUrl: '' },
    },
    tokens: null,
    command: 'test',
    signal: new AbortController().signal,
    now: () => new Date('2026-11-20T12:00:00.000Z'),
    sites: async () => sites.viewOf('run', openGate, nobodyElse),
    secrets: async () => secrets.viewOf('run', openGate),
    client: no('client'),
    delegation: no('delegation'),
    dns: async () => null,
    place: no('place'),
    allowToFinish: () => undefined,
  };
  return { ...world, ...expected };
}

/** Runs a command line in a world; returns the error that it ended with, or null. */
export async function runIn(world: World, ...words: string[]): Promise<unknown> {
  const { streams } = world;
  const open = async (options: CommonOptions, command: string): Promise<OpenWorld> => ({
    world: { ...world, options, command },
    end: () => undefined,
    isAsking: () => false,
    endingMs: () => 0,
    close: async () => undefined,
  });
  try {
    await runProgram({ streams, variables: { given: {}, forChildren: {} }, open }, words);
    return null;
  } catch (error) {
    return error;
  }
}

/** A person who answers only these questions. */
export function person(answers: Answers, heard = new Heard()): Ask {
  const answer = async (question: string) => {
    heard.questions.push(question);
    const found = answers.find(([words]) => words.test(question));
    if (found === undefined) throw new Error(`Unexpected question: ${question}`);
    return typeof found[1] === 'function' ? found[1](question) : found[1];
  };
  const ask: Ask = {
    ...{ confirm: answer, text: answer, textUntil: answer, secret: answer, typed: answer },
    ...{ choose: answer, find: answer, pressEnter: answer },
    until: () => ask,
  };
  return ask;
}

function listening(heard: Heard): Reporter {
  const told = (_name: unknown, facts: object, lines: readonly string[]) => {
    heard.results.push({ ...facts });
    heard.lines.push(...lines);
  };
  return {
    started: () => undefined,
    ended: ({ name }, { status }) => void heard.steps.push(`${name}: ${status}`),
    failed: ({ name }) => void heard.steps.push(`${name}: failed`),
    result: (facts, lines) => told(null, facts, lines),
    item: told,
    lines: (lines) => void heard.lines.push(...lines),
    error: ({ message }) => void heard.notes.push(message),
    signInUrl: (_url, lines) => void heard.notes.push(...lines),
    address: (_short, words) => void heard.notes.push(words),
    note: (line) => void heard.notes.push(line),
    canCopy: () => false,
    copy: () => undefined,
    waiting: () => () => undefined,
    clear: () => undefined,
  };
}

function no(name: string): () => never {
  return () => {
    throw new Error(`Unexpected call to ${name}`);
  };
}

function unexpected<T extends object>(where: string, known: Partial<T>): T {
  return new Proxy(known as T, {
    get: (target, name) =>
      name in target ? Reflect.get(target, name) : no(`${where}.${String(name)}`)(),
  });
}
