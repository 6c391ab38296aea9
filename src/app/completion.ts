/** `completion`: scripts for shells, which ask the program itself what can come next. */

import type { Command, Option } from 'commander';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import type { CommonOptions, Context } from '../context/context.js';
import { MailError } from '../errors.js';

/** What each shell sources. The words come from the program's own tree of commands, so that no list is kept twice. */
const SCRIPTS: ReadonlyMap<string, string> = new Map([
  [
    'bash',
    `_writeupp_mail() {
  local IFS=$'\\n'
  COMPREPLY=($(writeupp-mail completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _writeupp_mail writeupp-mail`,
  ],
  [
    'zsh',
    `_writeupp_mail() {
  local -a found
  found=(\${(f)"$(writeupp-mail completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( $#found )); then compadd -- $found; else _files; fi
}
compdef _writeupp_mail writeupp-mail`,
  ],
  [
    'fish',
    `function __writeupp_mail
  set -l before (commandline -opc)
  writeupp-mail completion words -- $before[2..-1] (commandline -ct) 2>/dev/null
end
complete -c writeupp-mail -f -a '(__writeupp_mail)'`,
  ],
]);

/** What the scripts ask with: every word up to the cursor, the last of them unfinished. */
const ASK = 'words';

/** The tree of commands, with those among the words loaded. */
export type ProgramFor = (words: readonly string[]) => Promise<Command>;

/** The command. */
export function completionCommand(process: Process, programFor: ProgramFor): Command {
  return newCommand('completion', [
    'completion bash >> ~/.bashrc',
    'completion zsh >> ~/.zshrc',
    'completion fish | source',
  ])
    .argument('<shell>', 'bash, zsh or fish')
    .argument('[words...]')
    .usage('bash|zsh|fish')
    .action(
      run<CommonOptions>(process, async (context, _options, shell, words) => {
        const typed = [words ?? []].flat();
        const lines =
          shell === ASK
            ? await wordsAfter(await programFor(typed), typed, () => siteNames(context))
            : [scriptOf(shell)];
        if (lines.length > 0) context.streams.stdout.write(`${lines.join('\n')}\n`);
      }),
    );
}

function scriptOf(shell: string | undefined): string {
  const script = SCRIPTS.get(shell ?? '');
  if (script !== undefined) return script;
  throw new MailError(
    'usage',
    `There is no completion for ${JSON.stringify(shell)}.`,
    `Name one of these shells: ${[...SCRIPTS.keys()].join(', ')}`,
  );
}

/** The names on record; none where they can't be read: a key pressed in a shell must never bring an error. */
async function siteNames(context: Context): Promise<readonly string[]> {
  try {
    return await (await context.sites()).names();
  } catch {
    return [];
  }
}

/** What the last word can become. */
async function wordsAfter(
  program: Command,
  typed: readonly string[],
  names: () => Promise<readonly string[]>,
): Promise<string[]> {
  const current = typed.at(-1) ?? '';
  let command = program;
  let wanting: Option | undefined;
  let count = 0;
  for (const word of typed.slice(0, -1)) {
    if (wanting !== undefined) wanting = undefined;
    else if (word.startsWith('-')) wanting = takingValue(optionsOf(command), word);
    else {
      const child = command.commands.find((each) => each.name() === word);
      if (child === undefined) count += 1;
      else command = child;
    }
  }
  const found = wanting === undefined ? await following() : await valuesOf(wanting, names);
  return found.filter((word) => word.startsWith(current));

  async function following(): Promise<readonly string[]> {
    if (current.startsWith('-')) {
      return optionsOf(command).flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
    }
    const argument = command.registeredArguments[count];
    // A new site's name is not one of those that there are.
    const isSite = argument?.name() === 'name' && command.name() !== 'add';
    if (isSite) return names();
    if (command.name() === 'completion' && count === 0) return [...SCRIPTS.keys()];
    return command.commands.map((each) => each.name());
  }
}

/** A command's own options, and those of every command, as the program's help shows them. */
function optionsOf(command: Command): readonly Option[] {
  const own = command.options.filter(({ hidden }) => !hidden);
  return command.parent === null ? own : [...own, ...optionsOf(command.parent)];
}

function takingValue(options: readonly Option[], word: string): Option | undefined {
  return options.find(
    ({ short, long, required, optional }) => [short, long].includes(word) && (required || optional),
  );
}

async function valuesOf(
  option: Option,
  names: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  return option.long === '--site' ? names() : (option.argChoices ?? []);
}
