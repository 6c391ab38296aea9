/** `completion`: scripts for shells, which ask the program itself what can come next. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Option } from 'commander';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import type { CommonOptions, Context } from '../context/context.js';
import { MailError } from '../errors.js';

/** Stands for "a file" in an answer: no word that could follow is a lone slash. */
const A_FILE = '/';

/**
 * What each shell sources. The words come from the program's own tree of commands, so that no list is kept twice; how
 * a word with spaces or quotes is put on the line is the shell's affair. bash as of 3.2, which macOS has.
 */
const SCRIPTS: ReadonlyMap<string, string> = new Map([
  [
    'bash',
    `_writeupp_mail() {
  local word current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r word; do
    if [[ $word == ${A_FILE} ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
      return
    fi
    case $current in
      \\'*) word=\${word//\\'/\\'\\\\\\'\\'} ;;
      \\"*) ;;
      *) printf -v word %q "$word" ;;
    esac
    COMPREPLY+=("$word")
  done < <(writeupp-mail completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _writeupp_mail writeupp-mail`,
  ],
  [
    'zsh',
    `#compdef writeupp-mail
_writeupp_mail() {
  local -a found
  found=(\${(f)"$(writeupp-mail completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if [[ $found == ${A_FILE} ]]; then _files; else compadd -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}' -- $found; fi
}
if [[ $funcstack[1] == _writeupp-mail ]]; then
  _writeupp_mail
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _writeupp_mail writeupp-mail
fi`,
  ],
  [
    'fish',
    `function __writeupp_mail
  set -l before (commandline -opc)
  set -l found (writeupp-mail completion words -- $before[2..-1] (commandline -ct) 2>/dev/null)
  if test "$found" = ${A_FILE}
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c writeupp-mail -f -a '(__writeupp_mail)'`,
  ],
]);

/** What the scripts ask with: every word up to the cursor, the last of them unfinished. */
const ASK = 'words';

/** How long a person who pressed a key waits for the names on record, in milliseconds: a database may be away. */
const NAMES_MS = 1_500;

/** The tree of commands, with those among the words loaded. */
export type ProgramFor = (words: readonly string[]) => Promise<Command>;

/** The command. */
export function completionCommand(process: Process, programFor: ProgramFor): Command {
  return (
    newCommand('completion', [
      'completion bash >> ~/.bashrc',
      'completion zsh >> ~/.zshrc',
      'completion fish >~/.config/fish/completions/writeupp-mail.fish',
    ])
      .argument('<shell>', 'bash, zsh or fish')
      .argument('[words...]')
      .usage('bash|zsh|fish')
      // The words are for the scripts.
      .configureHelp({
        visibleArguments: ({ registeredArguments }) => registeredArguments.slice(0, 1),
      })
      .action(
        run<CommonOptions>(process, async (context, _options, shell, words) => {
          const typed = [words ?? []].flat();
          const lines =
            shell === ASK
              ? await wordsAfter(await programFor(typed), typed, () => siteNames(context))
              : [scriptOf(shell)];
          if (lines.length > 0) context.streams.stdout.write(`${lines.join('\n')}\n`);
        }),
      )
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
  const names = async () => (await context.sites()).names();
  return Promise.race([names().catch(() => []), sleep(NAMES_MS, [], { ref: false })]);
}

/** What the last word can become. */
async function wordsAfter(
  program: Command,
  typed: readonly string[],
  names: () => Promise<readonly string[]>,
): Promise<string[]> {
  let command = program;
  let wanting: Option | undefined;
  let count = 0;
  for (const word of typed.slice(0, -1)) {
    // bash takes "--site=NAME" apart.
    if (word === '=') continue;
    if (wanting !== undefined) wanting = undefined;
    else if (word.startsWith('-')) wanting = takingValue(optionsOf(command), word);
    else {
      const child = command.commands.find((each) => each.name() === word);
      if (child === undefined) count += 1;
      else command = child;
    }
  }
  const last = typed.at(-1) ?? '';
  // Other shells leave it whole, and want it whole.
  const [, option = '', value] = /^(--[\w-]+)=(.*)$/s.exec(last) ?? [];
  if (value !== undefined) {
    wanting = takingValue(optionsOf(command), option);
    if (wanting === undefined) return [];
    const found = await valuesOf(wanting, names);
    return beginningWith(value, found).map((word) => `${option}=${word}`);
  }
  const found = wanting === undefined ? await following() : await valuesOf(wanting, names);
  return beginningWith(last === '=' ? '' : last, found);

  async function following(): Promise<readonly string[]> {
    if (last.startsWith('-')) {
      return optionsOf(command).flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
    }
    const own = command.registeredArguments;
    const argument = own[count] ?? own.findLast(({ variadic }) => variadic);
    if (command.name() === 'completion' && count === 0) return [...SCRIPTS.keys()];
    if (argument?.name() === 'file') return [A_FILE];
    // A new site's name is not one of those that there are.
    const isSite = command.parent?.name() === 'site' && command.name() !== 'add';
    if (isSite && /^names?$/.test(argument?.name() ?? '')) return names();
    return command.commands.map((each) => each.name());
  }
}

/** What begins as the word on the line does, by what its quotes and backslashes mean; sites are kept in small letters. */
function beginningWith(raw: string, found: readonly string[]): string[] {
  const word = raw.replace(/\\(.)|["']/gs, '$1').toLowerCase();
  return found.filter((each) => each === A_FILE || each.toLowerCase().startsWith(word));
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
  if (option.long === '--site') return names();
  const [, value = ''] = /<(.+)>/.exec(option.flags) ?? [];
  if (/\b(?:file|folder|place)\b/.test(value)) return [A_FILE];
  return value.includes('|') ? value.split('|') : [];
}
