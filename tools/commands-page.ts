/** docs/commands.md: the help of every command, as the program shows it. */

import type { Command } from 'commander';
import { buildProgram } from '../src/app/program.js';
import type { Streams } from '../src/kit/world.js';

const HEAD = `# Commands

What \`writeupp-mail COMMAND --help\` says, of every command. Written by \`npm run docs\`.
`;

export async function commandsPage(): Promise<string> {
  const sections = (await helpOfAll()).map(
    ({ name, help }) => `\n## ${name}\n\n\`\`\`\n${help}\n\`\`\`\n`,
  );
  return HEAD + sections.join('');
}

/** The `--help` of the program and of each command, by the name to type. */
export async function helpOfAll(): Promise<{ readonly name: string; readonly help: string }[]> {
  let text = '';
  const stdout = { write: (part: string) => (text += part) };
  const program = await buildProgram(
    {
      streams: { stdout } as unknown as Streams,
      variables: { given: {}, forChildren: {} },
      open: () => Promise.reject(new Error('no command is run')),
    },
    '',
  );
  return wholeTree(program).map((command) => {
    text = '';
    command.outputHelp();
    return { name: nameOf(command), help: text.trimEnd() };
  });
}

function wholeTree(command: Command): Command[] {
  return [command, ...command.commands.flatMap(wholeTree)];
}

/** As a person types it. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
