/** `completion`: scripts for shells, which ask the program what can come next. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Option } from 'commander';
import { MailError } from '../errors.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import type { CommonOptions, World } from '../kit/world.js';

/** Means "a file" in a reply: no valid word is a lone slash. */
const A_FILE = '/';

/**
 * What each shell sources. The words come from the program's own command tree, so that there is no second list; the
 * shell itself quotes words with spaces or quotes. bash from 3.2, which macOS has.
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
  [
    'powershell',
    `Register-ArgumentCompleter -Native -CommandName writeupp-mail, writeupp-mail.cmd -ScriptBlock {
  param($current, $line, $cursor)
  $words = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -le $cursor } |
    ForEach-Object { if ($_.Value -is [string]) { $_.Value } else { $_.Extent.Text } })
  # An empty word would not reach the program: quotes stand for it.
  if ($current -eq '') { $words += '""' }
  writeupp-mail.cmd completion words '--' @words 2>$null | Where-Object { $_ -ne '${A_FILE}' } | ForEach-Object {
    $word = if ($_ -match "[^w@%+=:./-]") { "'" + $_.Replace("'", "''") + "'" } else { $_ }
    [System.Management.Automation.CompletionResult]::new($word, $_, 'ParameterValue', $_)
  }
}`,
  ],
]);

/** The scripts' request: every word up to the cursor, the last of them unfinished. */
const ASK = 'words';

/** How long a person who pressed Tab waits for the names of sites, in milliseconds: a database may be down. */
const NAMES_MS = 1_500;

/** The command tree, in which only the commands among the words are loaded. */
export type ProgramFor = (words: readonly string[]) => Promise<Command>;

export function completionCommand(process: Process, programFor: ProgramFor): Command {
  return (
    newCommand('completion', [
      'completion bash >> ~/.bashrc',
      'completion zsh >> ~/.zshrc',
      'completion fish >~/.config/fish/completions/writeupp-mail.fish',
      'completion powershell >> $PROFILE',
    ])
      .argument('<shell>', 'bash, zsh, fish or powershell')
      .argument('[words...]')
      .usage('bash|zsh|fish|powershell')
      // The other arguments are for the scripts.
      .configureHelp({
        visibleArguments: ({ registeredArguments }) => registeredArguments.slice(0, 1),
      })
      .action(
        run<CommonOptions>(process, async (world, _options, shell, words) => {
          const typed = [words ?? []].flat();
          const lines =
            shell === ASK
              ? await wordsAfter(await programFor(typed), typed, () => siteNames(world))
              : [scriptOf(shell)];
          if (lines.length > 0) world.streams.stdout.write(`${lines.join('\n')}\n`);
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

/** The names of the sites on record; none if they can't be read: a Tab in a shell must never cause an error. */
async function siteNames(world: World): Promise<readonly string[]> {
  const names = async () => (await world.sites()).names();
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
    // bash splits "--site=NAME".
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
  // Other shells keep it whole, and expect it whole.
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
      const long = optionsOf(command).flatMap((each) =>
        each.long && !each.hidden ? [each.long] : [],
      );
      return [...new Set(long)];
    }
    const own = command.registeredArguments;
    const argument = own[count] ?? own.findLast(({ variadic }) => variadic);
    if (command.name() === 'completion' && count === 0) return [...SCRIPTS.keys()];
    if (argument?.name() === 'file') return [A_FILE];
    // The name of a new site is not an existing one.
    const isSite = command.parent?.name() === 'site' && command.name() !== 'add';
    if (isSite && /^names?$/.test(argument?.name() ?? '')) return names();
    return command.commands.map((each) => each.name());
  }
}

/** The words that start with the unquoted word on the line; sites are stored in lower case. */
function beginningWith(raw: string, found: readonly string[]): string[] {
  const word = raw.replace(/\\(.)|["']/gs, '$1').toLowerCase();
  return found.filter((each) => each === A_FILE || each.toLowerCase().startsWith(word));
}

/** A command's own options, and the common ones that the program's help shows. */
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
