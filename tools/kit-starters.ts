/** What a person double-clicks in a kit, for each system. */

import type { Platform } from './kit-node.js';

/** A text file of the kit. */
export interface Starter {
  readonly path: string;
  readonly text: string;
  readonly isRun: boolean;
}

/** What each starter does. */
const STARTERS = {
  'Switch to Gmail': ['dist', 'kit-window.js'],
  'Done in WriteUpp': ['bin', 'writeupp-mail.js', 'status --done-in-writeupp'],
  'How email goes out now': ['bin', 'writeupp-mail.js', 'status'],
} as const;

export function startersFor(platform: Platform): Starter[] {
  return platform.startsWith('win-') ? forWindows() : forUnix(platform);
}

function forWindows(): Starter[] {
  const starters = Object.entries(STARTERS).map(([name, [folder, file, args = '"%~1"']]) =>
    cmd(`${name}.cmd`, [
      'set "WRITEUPP_MAIL_KIT=windows"',
      `app\\node.exe app\\${folder}\\${file} ${args}`,
      'set "CODE=%ERRORLEVEL%"',
    ]),
  );
  const window = cmd('Type a command.cmd', [
    'set "PATH=%CD%\\app;%PATH%"',
    'cd /d "%USERPROFILE%"',
    'echo Type a command and press Enter, for example: writeupp-mail status',
    'cmd /k',
    'exit /b',
  ]);
  const command = dos('app/writeupp-mail.cmd', [
    '@echo off',
    '"%~dp0node.exe" "%~dp0bin\\writeupp-mail.js" %*',
  ]);
  return [...starters, window, command, readMe('Read me first.txt', WINDOWS, dos)];
}

/**
 * ASCII, with CRLF: cmd reads batch files in the computer's code page, and loses its place in other encodings. No
 * parentheses and no `||`: cmd would split a folder name with `)` or `&` there.
 */
function cmd(path: string, lines: readonly string[]): Starter {
  return dos(path, [
    '@echo off',
    'setlocal DisableDelayedExpansion',
    'title writeupp-mail',
    'set "NODE_OPTIONS="',
    'set "NODE_DEBUG="',
    'set "CODE=1"',
    'pushd "%~dp0"',
    'if not exist app\\node.exe goto packed',
    ...lines,
    'goto end',
    ':packed',
    'echo This file was started inside the ZIP file, or without the folder that belongs to it.',
    'echo Close this window. Click the ZIP file with the right mouse button, choose "Extract All",',
    'echo and double-click this file in the folder that opens then.',
    ':end',
    'popd',
    'echo.',
    'pause',
    'exit /b %CODE%',
  ]);
}

function dos(path: string, lines: readonly string[]): Starter {
  return { path, text: lines.map((line) => `${line}\r\n`).join(''), isRun: false };
}

function forUnix(platform: Platform): Starter[] {
  const isMac = platform.startsWith('darwin-');
  const suffix = isMac ? 'command' : 'sh';
  const starters = Object.entries(STARTERS).map(([name, [folder, file, args = '"$@"']]) =>
    sh(`${name}.${suffix}`, [
      `export WRITEUPP_MAIL_KIT=${isMac ? 'macos' : 'linux'}`,
      `./app/node app/${folder}/${file} ${args}`,
      'code=$?',
      // Without a terminal, nobody reads it.
      'if [ -t 0 ]; then printf "\\nPress Enter to close this window. "; read -r _; fi',
      'exit $code',
    ]),
  );
  const window = sh(`Type a command.${suffix}`, [
    'PATH="$PWD/app:$PATH"',
    'export PATH',
    'cd "$HOME" || exit 1',
    'echo "Type a command and press Enter, for example: writeupp-mail status"',
    // Some file managers don't set SHELL: then the plain one.
    'exec "$(command -v "$SHELL" || echo /bin/sh)"',
  ]);
  const command: Starter = {
    path: 'app/writeupp-mail',
    text: '#!/bin/sh\nhere=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)\nexec "$here/node" "$here/bin/writeupp-mail.js" "$@"\n',
    isRun: true,
  };
  const words = isMac ? MACOS : LINUX;
  return [...starters, window, command, readMe('Read me first.txt', words, plain)];
}

function sh(path: string, lines: readonly string[]): Starter {
  const text = [
    '#!/bin/sh',
    'unset NODE_OPTIONS NODE_DEBUG CDPATH',
    'cd -- "$(dirname -- "$0")" || exit 1',
    ...lines,
  ];
  return { path, text: `${text.join('\n')}\n`, isRun: true };
}

function plain(path: string, lines: readonly string[]): Starter {
  return { path, text: `${lines.join('\n')}\n`, isRun: false };
}

const WINDOWS = [
  'Windows: if you read this inside the ZIP file, close it first. Click the ZIP file with the right',
  'mouse button, choose Properties, tick "Unblock", press OK. Then click it with the right mouse',
  'button again and choose "Extract All".',
];
const MACOS = [
  'Mac: double-click the ZIP file first. If the Mac refuses to open "Switch to Gmail" (from an',
  'unidentified developer): System Settings, Privacy & Security, "Open Anyway".',
];
const LINUX = ['Linux: unpack the ZIP file first. Or in a terminal: sh "Switch to Gmail.sh"'];

function readMe(path: string, system: readonly string[], form: typeof dos): Starter {
  return form(path, [
    'writeupp-mail moves the email of a practice to Sign in with Google.',
    '',
    ...system,
    '',
    '1. Put the file that support sent you (for example harbour-physio.json) beside this one.',
    '2. Double-click "Switch to Gmail". It says whose file it is and what will happen.',
    '3. When you have done the same in WriteUpp itself, double-click "Done in WriteUpp".',
    '',
    '"How email goes out now" shows at any time how things are. "Type a command" is for support.',
    'Nothing is installed, and nothing in this folder is changed. To remove the program, delete this',
    'folder; what it keeps is in your own settings, and the window says where.',
    '',
    'More: app/docs/practice-manager.md. Licences: app/LICENSE, app/NODE-LICENSE,',
    'app/dist/THIRD-PARTY-NOTICES.txt. Bill of materials: app/sbom.cdx.json.',
  ]);
}
