/** `site move`: sites taken to another store, files or a shared database, and back. */

import { isAbsolute, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { newCommand, type Process, run } from '../../command-kit/command-runner.js';
import { lockOptions, untold } from '../../command-kit/on-site.js';
import type { CommonOptions, Context } from '../../context/context.js';
import type { Where } from '../../context/place.js';
import { MailError } from '../../errors.js';
import { moveSite } from '../../sites/move-site.js';
import { parseSiteName } from '../../sites/site-name.js';

interface Options extends CommonOptions {
  readonly to: string;
}

/** The command. */
export function siteMoveCommand(process: Process): Command {
  return newCommand(
    'move',
    [
      'site move --to postgres://jane@db.practice.example/mail?sslmode=verify-full',
      'site move --to ~/.config/writeupp-mail harbour-physio',
    ],
    'Records, secrets and history go along. Their secrets go to the store that\nWRITEUPP_MAIL_CREDENTIALS names. Stopped, run it again: it goes on from there.',
  )
    .argument('[names...]', 'the sites; all of them unless named')
    .requiredOption(
      '--to <place>',
      'the address of a database (postgres://…), or a settings folder',
    )
    .action(run<Options>(process, move));
}

async function move(context: Context, options: Options, ...args: string[]): Promise<void> {
  const { environment, reporter } = context;
  const where = whereIs(context, options.to);
  const [from, to] = [await context.place(environment), await context.place(where)];
  if (from === to) {
    throw new MailError(
      'usage',
      'The sites are there already: --to names the place that they are in.',
      'See: writeupp-mail site move --help',
    );
  }
  const named = args.flat().map(parseSiteName);
  const wanted = options.site === undefined ? named : [...named, parseSiteName(options.site)];
  const ports = {
    from,
    to: { store: to.store, credentials: () => to.credentials(environment.credentials) },
    lock: lockOptions(context, 'site move'),
    onUntold: untold(context),
  };
  const moved: string[] = [];
  for (const name of wanted.length > 0 ? wanted : await from.store.names()) {
    if (context.signal.aborted) break;
    const done = reporter.waiting(`Moving ${name}`);
    try {
      moved.push((await moveSite(name, ports)).name);
    } finally {
      done();
    }
  }
  const count = moved.length === 1 ? 'One site is' : `${moved.length} sites are`;
  reporter.result({ moved, to: to.store.description }, [
    `${context.style.good('✓')} ${count} in ${to.store.description} now, with their secrets and history.`,
    where.storeUrl === undefined
      ? `  To work with them there: unset WRITEUPP_MAIL_STORE, and set WRITEUPP_MAIL_HOME unless it is the usual folder`
      : '  To work with them there: set WRITEUPP_MAIL_STORE to that address, on each computer',
  ]);
}

/** An address, or a folder. */
function whereIs({ environment, issuer, reporter }: Context, to: string): Where {
  const { home, isDefaultHome, standardHome, credentials } = environment;
  if (/^postgres(?:ql)?:\/\//i.test(to)) {
    if (URL.canParse(to) && new URL(to).password !== '') {
      reporter.note(
        'Other users of this computer can see the password in --to while this runs. PGPASSWORD, or a file .pgpass, keeps it to yourself.',
      );
    }
    return { home, isDefaultHome, storeUrl: to };
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(to)) {
    throw new MailError(
      'usage',
      '--to is neither the address of a PostgreSQL database nor a folder.',
      'Write postgres://…, or the path of a settings folder.',
    );
  }
  if (credentials === 'team') {
    throw new MailError(
      'invalid-settings',
      'In a settings folder there are no secrets of a team.',
      'Set WRITEUPP_MAIL_CREDENTIALS to keychain or vault for this command: the secrets are taken there.',
    );
  }
  const folder = isAbsolute(to) ? to : resolve(to);
  const path = issuer.isStandIn ? join(folder, 'rehearsal') : folder;
  return { home: path, isDefaultHome: path === standardHome, storeUrl: undefined };
}
