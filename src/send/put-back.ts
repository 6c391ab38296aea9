/** `send --batch DIR --again NAME`: puts a message that was refused, or may have been sent, back to wait. */

import { MailError } from '../errors.js';
import type { World } from '../kit/world.js';
import { shownName } from './file-names.js';
import type { Lying, PutAside, Spool } from './spool.js';

/** @throws MailError `usage`, `not-interactive`, `cancelled`, `storage`, `site-busy` */
export async function putBack(
  world: World,
  site: string,
  spool: Spool,
  wanted: string,
): Promise<void> {
  const aside = spool.putAside(wanted);
  await confirmAgain(world, aside);
  const file = await spool.putBack(aside);
  const lying = spool.lying();
  world.report.result({ site, file, from: aside.place, ...lying }, [
    `${world.style.good('✓')} ${shownName(file)} waits in "new": the next run sends it.`,
    `  ${lyingWords(lying)}`,
  ]);
}

/** @throws MailError `not-interactive`, `cancelled` */
async function confirmAgain(world: World, aside: PutAside): Promise<void> {
  const { options, ask, report } = world;
  const warning =
    aside.place === 'unknown'
      ? 'This message may have been sent already: its recipients may get it twice.'
      : aside.wasSentToSome
        ? 'Some of the recipients of this message got it: they will get it twice.'
        : null;
  if (options.yes === true) return;
  if (ask === null) {
    throw new MailError(
      'not-interactive',
      `This sends ${shownName(aside.name)} again, and nobody can be asked here.`,
      [...(warning === null ? [] : [warning]), 'Add --yes to go on without being asked.'].join(
        '\n',
      ),
    );
  }
  if (warning !== null) report.note(warning);
  if (await ask.confirm(`Send ${shownName(aside.name)} again with the next run?`)) return;
  throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}

/** What is in the folders, from this run and all earlier ones. */
export function lyingWords({ waiting, inRefused, inUnknown }: Lying): string {
  return `Now in the folders: ${waiting} in "new", ${inRefused} in "refused", ${inUnknown} in "unknown".`;
}
