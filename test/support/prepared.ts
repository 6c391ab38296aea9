/** Prepared computers: each state is created once, by running the program, and copied for each test. */

import { cp } from 'node:fs/promises';
import type { RunResult } from './program.js';
import { ACCOUNT, SITE, type Workspace } from './workspace.js';

/** The states that a site goes through. */
const STAGES = ['empty', 'smtp', 'connected', 'tested', 'migrated'] as const;
export type Stage = (typeof STAGES)[number];

/** A computer whose vault can be inspected. */
export interface PreparedWorkspace extends Workspace {
  /** Which slots of the site hold a secret, sorted. */
  secretSlots(): Promise<string[]>;
}

export interface Prepared {
  /** A separate computer, with the site in that state. */
  at(stage: Stage): Promise<PreparedWorkspace>;
}

/**
 * The copies share one Google account: a test that ends its permission needs its own stand-in.
 *
 * @param newComputer makes an empty one; `like`: its shared store, if any, starts as a copy of that one's
 */
export function prepare(newComputer: (like?: Workspace) => Promise<Workspace>): Prepared {
  const templates = new Map<Stage, Promise<Workspace>>();

  async function copyOf(template: Workspace): Promise<Workspace> {
    const workspace = await newComputer(template);
    await cp(template.home, workspace.home, { recursive: true });
    return workspace;
  }

  async function bringAbout(stage: Stage): Promise<Workspace> {
    const before = STAGES[STAGES.indexOf(stage) - 1];
    if (before === undefined) return newComputer();
    const workspace = before === 'empty' ? await at('empty') : await copyOf(await template(before));
    const run = await NEXT[stage](workspace);
    if (run.code !== 0) throw new Error(`${stage}: ${run.stdout}${run.stderr}`);
    return workspace;
  }

  function template(stage: Stage): Promise<Workspace> {
    const known = templates.get(stage) ?? bringAbout(stage);
    templates.set(stage, known);
    return known;
  }

  async function at(stage: Stage): Promise<PreparedWorkspace> {
    const workspace = await (stage === 'empty'
      ? bringAbout('empty')
      : copyOf(await template(stage)));
    return { ...workspace, secretSlots: () => secretSlots(workspace) };
  }

  return { at };
}

async function secretSlots(workspace: Workspace): Promise<string[]> {
  const files = await workspace.secretFiles();
  const here = files.flatMap((file) => /\.([a-z-]+)\.age$/.exec(file)?.[1] ?? []);
  // A backend keeps the password itself.
  const { smtp }: LooseRecord = workspace.backend === undefined ? {} : await workspace.record();
  return [...here, ...(smtp?.password == null ? [] : ['smtp-password'])].sort();
}

const NEXT: Record<Stage, (workspace: Workspace) => Promise<RunResult>> = {
  empty: async () => {
    throw new Error('nothing leads to an empty folder');
  },
  smtp: (workspace) => workspace.addSite(),
  connected: async (workspace) =>
    (await workspace.runWithPerson(['sign-in', '--json'], { account: ACCOUNT })).run,
  tested: (workspace) => workspace.run(['test-connection', '--json']),
  migrated: (workspace) => workspace.run(['migrate', '--yes', '--json']),
};

/** A record's JSON, loosely typed: tests inspect and change it. */
// biome-ignore lint/suspicious/noExplicitAny: a file from outside, looked into by assertions
export type LooseRecord = any;

/** Changes a site's record where it is stored, as the passage of time or another program could. */
export async function editRecord(
  workspace: Workspace,
  change: (record: LooseRecord) => void,
  name = SITE,
): Promise<void> {
  const record: LooseRecord = await workspace.record(name);
  change(record);
  await workspace.putRecord(record, name);
}
