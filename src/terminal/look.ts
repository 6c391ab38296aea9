/** What the terminal can show: decided once, from the environment and `--no-color`. */

/** How the program may write to a terminal. Off a terminal, none of it is used. */
export interface Look {
  readonly colour: boolean;
  /** Spinners and prompts that redraw themselves. Without it, everything is written line after line. */
  readonly cursor: boolean;
  /** Signs that the fonts of some consoles lack: √ and × replace them there. */
  readonly signs: boolean;
  /** Started by a double-click in a kit: hints name what can be double-clicked there. */
  readonly kit: boolean;
  /** OSC 52: puts text on the clipboard of the computer in front of the person, also over SSH. */
  readonly copies: boolean;
}

/** @param noColor `--no-color` was given */
export function lookOf(
  variables: Readonly<NodeJS.ProcessEnv>,
  noColor: boolean,
  platform = process.platform,
): Look {
  const isDumb = variables.TERM === 'dumb';
  return {
    colour: !isDumb && !noColor && (variables.NO_COLOR ?? '') === '',
    cursor: !isDumb,
    signs: platform !== 'win32' || hasSigns(variables),
    copies: !isDumb && takesCopies(variables),
    kit: (variables.WRITEUPP_MAIL_KIT ?? '') !== '',
  };
}

/** Windows's own console, as in Windows 10, shows boxes; later ones name themselves. */
function hasSigns({ WT_SESSION, TERM_PROGRAM, TERM }: Readonly<NodeJS.ProcessEnv>): boolean {
  return WT_SESSION !== undefined || TERM_PROGRAM !== undefined || TERM !== undefined;
}

/** Terminals that accept copies unless configured otherwise; TERM is known over SSH too. */
const COPYING_TERMS = /^(?:xterm-kitty|xterm-ghostty|alacritty|foot|wezterm|contour)/;
const COPYING_PROGRAMS = ['WezTerm', 'vscode', 'ghostty'];

/** If in doubt, no: "copied" would be untrue. Many versions of multiplexers swallow copies. */
function takesCopies(variables: Readonly<NodeJS.ProcessEnv>): boolean {
  const { TERM = '', TMUX, STY, TERM_PROGRAM = '', WT_SESSION } = variables;
  if (TMUX !== undefined || STY !== undefined || /^(?:screen|tmux)/.test(TERM)) return false;
  return (
    COPYING_TERMS.test(TERM) || COPYING_PROGRAMS.includes(TERM_PROGRAM) || WT_SESSION !== undefined
  );
}
