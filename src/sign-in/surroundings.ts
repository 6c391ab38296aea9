/** Where the program runs: whether a browser that is opened here would be seen by the person. */

/**
 * Whether it makes sense to open a browser.
 * Over SSH it would open on the far computer's screen, or not at all; on Linux it needs a screen to open on,
 * unless BROWSER names a program or Windows is around (WSL).
 */
export function canOpenBrowser(variables: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  if (isSet(variables.BROWSER)) return true;
  if (isSet(variables.SSH_CONNECTION) || isSet(variables.SSH_TTY)) return isSet(variables.DISPLAY);
  if (platform !== 'linux') return true;
  return [variables.DISPLAY, variables.WAYLAND_DISPLAY, variables.WSL_DISTRO_NAME].some(isSet);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
