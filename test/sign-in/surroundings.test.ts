/** Whether a browser that is opened here would be seen by the person. */

import { expect, test } from '@jest/globals';
import { canOpenBrowser, surroundings, whyNoBrowser } from '../../src/sign-in/surroundings.js';

test.each<
  [what: string, platform: NodeJS.Platform, variables: NodeJS.ProcessEnv, expected: boolean]
>([
  ['a Mac', 'darwin', {}, true],
  ['Windows', 'win32', {}, true],
  ['a Mac over SSH', 'darwin', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, false],
  ['Linux with a screen', 'linux', { DISPLAY: ':0' }, true],
  ['Linux with Wayland', 'linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['Linux without a screen', 'linux', {}, false],
  ['Linux with an empty DISPLAY', 'linux', { DISPLAY: '' }, false],
  ['WSL', 'linux', { WSL_DISTRO_NAME: 'Debian' }, true],
  ['Linux over SSH', 'linux', { SSH_TTY: '/dev/pts/1', WAYLAND_DISPLAY: 'wayland-0' }, false],
  ['Linux over SSH with X forwarding', 'linux', { SSH_TTY: '/dev/pts/1', DISPLAY: ':10' }, true],
  ['anywhere, where BROWSER names a program', 'linux', { SSH_TTY: 'x', BROWSER: '/b' }, true],
  ['Linux with an empty BROWSER', 'linux', { BROWSER: '' }, false],
])('%s', (_what, platform, variables, expected) => {
  expect(canOpenBrowser(variables, platform)).toBe(expected);
});

test.each<
  [
    what: string,
    platform: NodeJS.Platform,
    variables: NodeJS.ProcessEnv,
    file: string,
    words: string,
  ]
>([
  ['SSH', 'linux', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, '', 'over SSH'],
  ['WSL', 'linux', { WSL_DISTRO_NAME: 'Debian' }, '', 'Windows Subsystem for Linux'],
  ['Docker', 'linux', {}, '/.dockerenv', 'in a container'],
  ['Podman', 'linux', { container: 'podman' }, '', 'in a container'],
  ['no screen', 'linux', {}, '', 'no screen'],
  ['a desktop whose browser did not start', 'linux', { DISPLAY: ':0' }, '', 'No browser could be'],
  ['a Mac', 'darwin', {}, '', 'No browser could be'],
])('says why no browser was opened: %s', (_what, platform, variables, file, words) => {
  const where = surroundings(variables, platform, (path) => path === file);
  expect(whyNoBrowser(where).join(' ')).toContain(words);
  expect(whyNoBrowser(where).at(-1)).toMatch(/^Open this address .*:$/);
});
