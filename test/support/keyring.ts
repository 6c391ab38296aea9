/** Real keyrings for tests: gnome-keyring on its own D-Bus, and every way in which one can be broken. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The environment for the program under test, and the way to stop the services behind it. */
export interface KeychainSetting {
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** A private gnome-keyring. */
export interface Keyring extends KeychainSetting {
  /** Locks the login keyring, as a screen lock or a person can. */
  lock(): Promise<void>;
  /** Freezes the daemon (SIGSTOP): alive, and silent. */
  freeze(): void;
  /** Lets a frozen daemon go on. */
  thaw(): void;
  /** Kills the daemon; the bus stays. */
  killService(): Promise<void>;
  /** Starts the daemon again with the keyring on disk. */
  restartService(options: { readonly unlocked: boolean }): Promise<void>;
}

/** What can be wrong with a keychain on Linux, and the resulting error code. */
export const BROKEN_KEYCHAINS = [
  ['no-libsecret', 'keychain-unavailable'],
  ['no-bus', 'keychain-unavailable'],
  ['dead-bus', 'keychain-unavailable'],
  ['no-service', 'keychain-unavailable'],
  ['no-default-collection', 'keychain-unavailable'],
  ['locked', 'keychain-locked'],
  ['unanswered-prompt', 'keychain-timeout'],
  ['frozen-service', 'keychain-timeout'],
] as const;
export type BrokenKeychain = (typeof BROKEN_KEYCHAINS)[number][0];

/** gnome-keyring refuses an empty password. */
const PASSWORD = 'test-password';

/**
 * Starts a private keyring in its own folders, so that it never touches the keyring of the person who runs the tests.
 *
 * @param display an X display; the bus then also starts the desktop's password prompt
 */
export async function startKeyring({
  unlocked,
  display,
}: {
  readonly unlocked: boolean;
  readonly display?: string;
}): Promise<Keyring> {
  const home = await privateHome();
  const env = display === undefined ? home.env : { ...home.env, DISPLAY: display };
  const bus = await startBus(home.folder, env, display !== undefined);
  let daemon = await startDaemon(env, unlocked).catch(async (error) => {
    await end(bus);
    throw error;
  });

  return {
    env,
    async lock() {
      const service = [
        '--session',
        '-d',
        'org.freedesktop.secrets',
        '-o',
        '/org/freedesktop/secrets',
      ];
      const login = "['/org/freedesktop/secrets/collection/login']";
      await run('gdbus', ['call', ...service, '-m', 'org.freedesktop.Secret.Service.Lock', login], {
        env,
      });
    },
    freeze: () => void daemon.kill('SIGSTOP'),
    thaw: () => void daemon.kill('SIGCONT'),
    killService: () => end(daemon),
    async restartService(options) {
      await end(daemon);
      daemon = await startDaemon(env, options.unlocked);
    },
    async stop() {
      await end(daemon);
      await end(bus);
      await home.remove();
    },
  };
}

/** Sets up a keychain that fails in the given way. */
export async function brokenKeychain(kind: BrokenKeychain): Promise<KeychainSetting> {
  switch (kind) {
    case 'no-libsecret':
      return withoutLibsecret();
    case 'no-bus':
      return withoutService(async () => undefined);
    case 'dead-bus':
      return withoutService(async (folder, env) => {
        env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${join(folder, 'gone')}`;
        return undefined;
      });
    case 'no-service':
      return withoutService((folder, env) => startBus(folder, env, false));
    case 'no-default-collection':
      return startKeyring({ unlocked: false });
    case 'locked': {
      const keyring = await startKeyring({ unlocked: true });
      await keyring.lock();
      return keyring;
    }
    case 'frozen-service': {
      const keyring = await startKeyring({ unlocked: true });
      keyring.freeze();
      return keyring;
    }
    case 'unanswered-prompt':
      return withUnansweredPrompt();
  }
}

/** Starts an X server without a screen. */
export async function startDisplay(): Promise<{ display: string; stop(): Promise<void> }> {
  const server = spawn(
    'Xvfb',
    ['-displayfd', '1', '-screen', '0', '640x480x24', '-nolisten', 'tcp'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const display = `:${(await firstLine(server)).trim()}`;
  return { display, stop: () => end(server) };
}

async function withUnansweredPrompt(): Promise<KeychainSetting> {
  const { display, stop } = await startDisplay();
  const keyring = await startKeyring({ unlocked: true, display });
  await keyring.lock();
  return {
    env: keyring.env,
    async stop() {
      await keyring.stop();
      await stop();
    },
  };
}

/** An unloadable library hides the real one. */
async function withoutLibsecret(): Promise<KeychainSetting> {
  const home = await privateHome();
  await writeFile(join(home.folder, 'libsecret-1.so.0'), '');
  return { env: { ...home.env, LD_LIBRARY_PATH: home.folder }, stop: home.remove };
}

async function withoutService(
  prepare: (folder: string, env: NodeJS.ProcessEnv) => Promise<ChildProcess | undefined>,
): Promise<KeychainSetting> {
  const home = await privateHome();
  const bus = await prepare(home.folder, home.env);
  return {
    env: home.env,
    async stop() {
      if (bus) await end(bus);
      await home.remove();
    },
  };
}

/** This process's environment, with everything that leads to a desktop removed or replaced. */
async function privateHome(): Promise<{
  folder: string;
  env: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}> {
  // Short, since a socket's path may have at most 107 characters.
  const folder = await mkdtemp(join(tmpdir(), 'keyring-'));
  const runtime = join(folder, 'run');
  await mkdir(runtime, { mode: 0o700 });
  const {
    DISPLAY: _display,
    WAYLAND_DISPLAY: _wayland,
    GNOME_KEYRING_CONTROL: _control,
    DBUS_SESSION_BUS_ADDRESS: _bus,
    ...inherited
  } = process.env;
  const env = {
    ...inherited,
    HOME: folder,
    XDG_RUNTIME_DIR: runtime,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
  return { folder, env, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Starts a session bus and puts its address in `env`. Without `services`, it starts no programs. */
async function startBus(
  folder: string,
  env: NodeJS.ProcessEnv,
  services: boolean,
): Promise<ChildProcess> {
  const configuration = join(folder, 'bus.conf');
  await writeFile(
    configuration,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${join(folder, 'run', 'bus')}</listen>
  <auth>EXTERNAL</auth>
  ${services ? '<standard_session_servicedirs/>' : ''}
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>\n`,
  );
  const bus = spawn(
    'dbus-daemon',
    [`--config-file=${configuration}`, '--nofork', '--nopidfile', '--print-address=1'],
    { env, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  env.DBUS_SESSION_BUS_ADDRESS = (await firstLine(bus)).trim();
  return bus;
}

async function startDaemon(env: NodeJS.ProcessEnv, unlocked: boolean): Promise<ChildProcess> {
  const daemon = spawn(
    'gnome-keyring-daemon',
    ['--foreground', '--components=secrets', ...(unlocked ? ['--unlock'] : [])],
    { env, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  daemon.stdin?.end(unlocked ? PASSWORD : '');
  try {
    await run('gdbus', ['wait', '--session', '--timeout', '10', 'org.freedesktop.secrets'], {
      env,
    });
    return daemon;
  } catch (error) {
    await end(daemon);
    throw error;
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    if (text.includes('\n')) return text;
  }
  throw new Error(`${child.spawnfile} ended before it was ready`);
}

/** SIGKILL ends a frozen process too. */
async function end(child: ChildProcess): Promise<void> {
  // One that failed to start has no exit to wait for.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
