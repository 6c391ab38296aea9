/** What the terminal can show: decided once, from the environment and `--no-color`. */

/** How the program may write to a terminal. Off a terminal, none of it is used. */
export interface Look {
  readonly colour: boolean;
  /** Spinners and prompts that redraw themselves. Without it, everything is written line after line. */
  readonly cursor: boolean;
  /** Links of OSC 8: a short text that leads to a long address. */
  readonly links: boolean;
}

/** Terminals whose makers say that they show links (github.com/Alhadis/OSC8-Adoption), by TERM_PROGRAM. */
const LINKING_PROGRAMS = ['iTerm.app', 'WezTerm', 'vscode', 'ghostty', 'Hyper'];

/** VTE shows links since 0.50; GNOME Terminal and its like name their version in this form. */
const VTE_LINKS = 5000;

/** @param noColor `--no-color` was given */
export function lookOf(variables: Readonly<NodeJS.ProcessEnv>, noColor: boolean): Look {
  const isDumb = variables.TERM === 'dumb';
  return {
    colour: !isDumb && !noColor && (variables.NO_COLOR ?? '') === '',
    cursor: !isDumb,
    links: !isDumb && showsLinks(variables),
  };
}

/** Where it is not certain, no: the address would be lost. Multiplexers swallow links in many versions. */
function showsLinks(variables: Readonly<NodeJS.ProcessEnv>): boolean {
  const { TERM = '', TMUX, STY, TERM_PROGRAM = '', VTE_VERSION, WT_SESSION } = variables;
  if (TMUX !== undefined || STY !== undefined || /^(?:screen|tmux)/.test(TERM)) return false;
  return (
    LINKING_PROGRAMS.includes(TERM_PROGRAM) ||
    TERM === 'xterm-kitty' ||
    WT_SESSION !== undefined ||
    Number(VTE_VERSION ?? 0) >= VTE_LINKS
  );
}
