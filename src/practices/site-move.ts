/** `site move`: moves sites to another store (files or a shared database) and back. */

import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { interrupted, MailError } from '../errors.js';
import { namedSites } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import type { Where } from '../kit/place.js';
import { requireCan } from '../kit/require-can.js';
import type { CommonOptions, World } from '../kit/world.js';
import { throwHere } from '../sites/command-here.js';
import { lockOptions, noteUnwritten } from '../sites/hold.js';
import { moveSite } from '../sites/move-site.js';
import { realFolder } from '../storage/private-folder.js';

interface Options extends CommonOptions {
  readonly to: string;
}

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

async function move(world: World, options: Options, ...args: string[]): Promise<void> {
  const { environment, report } = world;
  const where = whereIs(world, options.to);
  const [from, to] = [await world.place(environment), await world.place(where)];
  // Asked of the store they are in: WRITEUPP_MAIL_CREDENTIALS may already name the other place's secrets.
  await requireCan({ sites: async () => from.store }, 'addSites');
  if (from === to) {
    throw new MailError(
      'usage',
      'The sites are there already: --to names the place that they are in.',
      'See: writeupp-mail site move --help',
    );
  }
  const wanted = namedSites(world, args.flat());
  const ports = {
    from,
    to: { store: to.store, credentials: () => to.credentials(environment.credentials) },
    lock: lockOptions(world),
    onUnwritten: (error: MailError) => noteUnwritten(world, error),
  };
  const moved: string[] = [];
  const here = { sites: async () => from.store };
  const names = wanted.length > 0 ? wanted : await from.store.names();
  for (const name of names) {
    // Whoever takes the end for a success may take the former place away.
    if (world.signal.aborted) {
      report.note(
        `Moved ${moved.length} of ${names.length} sites to ${to.store.description} so far.`,
      );
      throw interrupted();
    }
    const done = report.waiting(`Moving ${name}`);
    try {
      moved.push((await moveSite(name, ports).catch(throwHere(here))).name);
    } finally {
      done();
    }
  }
  const count = moved.length === 1 ? 'One site is' : `${moved.length} sites are`;
  report.result({ moved, to: to.store.description }, [
    `${world.style.good('✓')} ${count} in ${to.store.description} now, with their secrets and history.`,
    where.storeUrl === undefined
      ? `  To work with them there: unset WRITEUPP_MAIL_STORE, and set WRITEUPP_MAIL_HOME unless it is the usual folder`
      : '  To work with them there: set WRITEUPP_MAIL_STORE to that address, on each computer',
  ]);
}

/** Where `--to` leads: a database's address, or a folder. */
function whereIs({ environment, issuer, report }: World, to: string): Where {
  const { home, credentials } = environment;
  if (/^postgres(?:ql)?:\/\//i.test(to)) {
    if (URL.canParse(to) && new URL(to).password !== '') {
      report.note(
        'Other users of this computer can see the password in --to while this runs. PGPASSWORD, or a file .pgpass, keeps it to yourself.',
      );
    }
    return { home, storeUrl: to };
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
      'A settings folder can’t hold the secrets of a team.',
      'Set WRITEUPP_MAIL_CREDENTIALS to keychain or vault for this command: the secrets are taken there.',
    );
  }
  // Resolved, to recognise the same folder under another name: a link.
  const folder = resolve(to);
  const path = issuer.isStandIn ? join(folder, 'rehearsal') : folder;
  return { home: realFolder(path), storeUrl: undefined };
}
