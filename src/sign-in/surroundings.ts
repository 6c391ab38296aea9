/** Whether the person would see a browser opened where the program runs, and if not, why. */

import { existsSync } from 'node:fs';
import type { Browser } from './request.js';

export function browserHere(variables: NodeJS.ProcessEnv, platform = process.platform): Browser {
  return {
    canOpen: canOpenBrowser(variables, platform),
    async open(address) {
      const { openBrowser } = await import('./browser.js');
      return openBrowser(address, variables.BROWSER);
    },
    whyNot: () => whyNoBrowser(surroundings(variables, platform)),
  };
}

/**
 * Whether it makes sense to open a browser.
 * Over SSH it would open on the remote computer's screen, or not at all; on Linux it needs a display,
 * unless BROWSER names a program or Windows can open one (WSL).
 */
export function canOpenBrowser(variables: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  if (isSet(variables.BROWSER)) return true;
  if (isSet(variables.SSH_CONNECTION) || isSet(variables.SSH_TTY)) return isSet(variables.DISPLAY);
  if (platform !== 'linux') return true;
  return [variables.DISPLAY, variables.WAYLAND_DISPLAY, variables.WSL_DISTRO_NAME].some(isSet);
}

/** The apparent reason why no browser opened. */
export type Surroundings = 'ssh' | 'wsl' | 'container' | 'no-screen' | 'desktop';

/** Files that Docker and Podman leave in each of their containers. */
const CONTAINER_MARKS = ['/.dockerenv', '/run/.containerenv'] as const;

/** @param exists whether a file exists; replaced in tests */
export function surroundings(
  variables: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
  exists: (path: string) => boolean = existsSync,
): Surroundings {
  if (isSet(variables.SSH_CONNECTION) || isSet(variables.SSH_TTY)) return 'ssh';
  if (isSet(variables.WSL_DISTRO_NAME)) return 'wsl';
  // systemd-nspawn and Podman set `container`.
  if (isSet(variables.container) || CONTAINER_MARKS.some(exists)) return 'container';
  if (platform !== 'linux') return 'desktop';
  const hasScreen = isSet(variables.DISPLAY) || isSet(variables.WAYLAND_DISPLAY);
  return hasScreen ? 'desktop' : 'no-screen';
}

/** Why the address is printed, and where to open it. */
export function whyNoBrowser(where: Surroundings): readonly string[] {
  return WORDS[where];
}

const OPEN_ON_YOURS =
  'Open this address in the browser of the computer in front of you, and sign in there:';

const WORDS: Readonly<Record<Surroundings, readonly string[]>> = {
  ssh: [
    'This program runs on another computer than the one in front of you (over SSH), so it can’t open your browser.',
    OPEN_ON_YOURS,
  ],
  wsl: [
    'This program runs in Windows Subsystem for Linux, and could not open the browser of Windows.',
    'Open this address in the browser of Windows, and sign in there:',
  ],
  container: ['This program runs in a container, which has no browser.', OPEN_ON_YOURS],
  'no-screen': ['This computer has no screen to open a browser on.', OPEN_ON_YOURS],
  desktop: [
    'No browser could be opened here.',
    'Open this address in a browser and sign in there:',
  ],
};

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
