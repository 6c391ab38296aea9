/** docs/commands.md: every command's help, as the program gives it. */

import type { Command } from 'commander';
import { buildProgram } from '../src/app/program.js';
import type { Streams } from '../src/context/context.js';

const HEAD = `# Commands

What \`writeupp-mail COMMAND --help\` says, of every command. Written by \`npm run docs\`.
`;

/** The page. */
export async function commandsPage(): Promise<string> {
  let text = '';
  const stdout = { write: (part: string) => (text += part) };
  const program = await buildProgram(
    {
      streams: { stdout } as unknown as Streams,
      signal: new AbortController().signal,
      variables: { given: {}, forChildren: {} },
      opened: () => undefined,
    },
    '',
  );
  const sections = wholeTree(program).map((command) => {
    text = '';
    command.outputHelp();
    return `\n## ${nameOf(command)}\n\n\`\`\`\n${text.trimEnd()}\n\`\`\`\n`;
  });
  return HEAD + sections.join('');
}

function wholeTree(command: Command): Command[] {
  return [command, ...command.commands.flatMap(wholeTree)];
}

/** As it is typed. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
