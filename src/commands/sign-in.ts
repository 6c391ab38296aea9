/** `sign-in`: connects a Google account to a site, or signs it in again. */

import type { Command } from 'commander';
import type { CommonOptions, Context } from '../context.js';
import { connectSite } from '../migration/connect-site.js';
import { viewSite } from '../sites/site-view.js';
import { chooseSite } from './choose-site.js';
import { newCommand, type Process, run } from './command-runner.js';
import { connectionDeps, holdSite, tidySecrets } from './on-site.js';
import { addSignInOptions, readAccount, readTimeout } from './sign-in-options.js';
import { type SignInOptions, signInPorts } from './sign-in-ports.js';

interface Options extends CommonOptions, SignInOptions {}

/** The command. */
export function signInCommand(process: Process): Command {
  const command = newCommand('sign-in', [
    'sign-in',
    'sign-in --account info@harbour-physio.example',
    'sign-in --no-browser',
  ]);
  return addSignInOptions(command).action(run<Options>(process, signIn));
}

async function signIn(context: Context, options: Options): Promise<void> {
  const wanted = {
    account: readAccount(options),
    reauthenticate: options.reauthenticate === true,
    useBrowser: options.browser !== false,
    timeoutMs: readTimeout(options),
  };
  const name = await chooseSite(context);
  await holdSite(context, name, 'sign-in', async (session) => {
    const deps = await connectionDeps(context);
    await deps.credentials.prove();
    await tidySecrets(context, session.site);
    const how = await connectSite(session, wanted, { ...deps, signIn: signInPorts(context) });
    const view = viewSite(session.site, context.issuer.id, context.now());
    const { good, warning } = context.style;
    context.reporter.result({ ...view, signedIn: how === 'signed-in' }, [
      how === 'signed-in'
        ? `${good('✓')} Connected: ${view.gmail?.email}.`
        : `${good('✓')} ${view.gmail?.email} is connected already, and Google accepts the connection now.`,
      view.smtp === null
        ? '  Email of this site goes out through this Google account.'
        : '  Email of this site will go out through this account once the switch is finished.',
      `  The permission is kept in ${deps.credentials.description}, on this computer only.`,
      ...view.attention.flatMap(({ message, hint }) => [`${warning('!')} ${message}`, `  ${hint}`]),
    ]);
  });
}
