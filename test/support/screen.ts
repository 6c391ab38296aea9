/** What a terminal finally shows of the output sent to it, according to VS Code's terminal emulator, headless. */

import xterm from '@xterm/headless';

/** All lines that were ever on the screen, without empty ones at the end. */
export async function shownBy(raw: string, columns: number): Promise<string[]> {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows: 24,
    scrollback: 10_000,
    allowProposedApi: true,
  });
  await new Promise<void>((resolve) => terminal.write(raw, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, index) =>
    (active.getLine(index)?.translateToString(true) ?? '').trimEnd(),
  );
  terminal.dispose();
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
