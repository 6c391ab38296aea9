/** `--version --verbose`: what support asks for first. */

import { release, type } from 'node:os';
import type { Context } from '../context/context.js';
import { VERSION } from '../version.js';

/** Tells the version, Node.js, the system, and where things are kept. */
export async function tellProgramFacts({ environment, reporter }: Context): Promise<void> {
  const facts = {
    version: VERSION,
    node: process.versions.node,
    system: `${type()} ${release()} ${process.arch}`,
    program: process.argv[1] ?? '',
    settings: environment.home,
    client: environment.oauthClientPath,
    credentials: environment.credentials,
  };
  reporter.result(facts, [
    `writeupp-mail ${facts.version}`,
    `Node.js        ${facts.node}`,
    `System         ${facts.system}`,
    `Program        ${facts.program}`,
    `Settings       ${facts.settings}`,
    `Client file    ${facts.client}`,
    `Secrets        ${facts.credentials}`,
  ]);
}
