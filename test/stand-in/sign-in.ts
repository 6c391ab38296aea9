/** The stand-in's sign-in: account chooser, then consent, then on to the program. */
import type { Interaction, Provider } from 'oidc-provider';
import type { AccountBook } from './accounts.js';
import type { NamedError } from './errors.js';
import type { BufferedRequest, Context, Middleware } from './http.js';
import { chooserPage, consentPage, PAGE_HEADERS } from './pages.js';
import { GMAIL_SEND, grantConsent, PATHS, SCOPES } from './provider.js';
import { invalidRequestPage, invalidScopePage } from './refusals.js';
import type { TokenStore } from './store.js';

interface SignInParts {
  readonly provider: Provider;
  readonly accounts: AccountBook;
  readonly store: TokenStore;
}

/** Answers `/signin/…`, and refuses authorization requests for scopes that Google has not. */
export function signInPages(parts: SignInParts): Middleware {
  return async (ctx, next) => {
    if (ctx.path === PATHS.authorization) {
      const unknown = unknownScopes(ctx.query.scope);
      return unknown.length > 0 ? show(ctx, invalidScopePage(unknown)) : next();
    }
    if (!ctx.path.startsWith(`${PATHS.signIn}/`)) {
      return next();
    }
    const interaction = await findInteraction(parts.provider, ctx);
    if (!interaction) {
      return show(ctx, invalidRequestPage('This sign-in has ended. Start again in the program.'));
    }
    return ctx.method === 'POST'
      ? decide(parts, ctx, interaction)
      : showPage(parts.accounts, ctx, interaction);
  };
}

/** The chooser, or the consent page of the account that was chosen or is the `login_hint`. */
function showPage(accounts: AccountBook, ctx: Context, interaction: Interaction): void {
  const { account: chosen, chooser } = ctx.query;
  const hint = chooser ? undefined : interaction.params.login_hint;
  const account = accounts.find(textOf(chosen) ?? textOf(hint));
  const asksToSend = requestedScopes(interaction).includes(GMAIL_SEND);
  ctx.set(PAGE_HEADERS);
  ctx.body = account
    ? consentPage({ action: ctx.path, account, asksToSend })
    : chooserPage(ctx.path, accounts.list());
}

async function decide(
  { provider, accounts, store }: SignInParts,
  ctx: Context,
  interaction: Interaction,
): Promise<void> {
  const form = (ctx.req as BufferedRequest).fields();
  const account = accounts.find(form.get('account') ?? undefined);
  const decision = form.get('decision');
  if (!account || (decision !== 'allow' && decision !== 'cancel')) {
    return show(ctx, invalidRequestPage('The form is not complete.'));
  }
  const requested = requestedScopes(interaction);
  const mayNotSend = form.get('send') !== 'yes';
  const result =
    decision === 'cancel'
      ? { error: 'access_denied' }
      : await grantConsent({ provider, store }, String(interaction.params.client_id), {
          account,
          requestedScopes: requested,
          grantedScopes: requested.filter((scope) => !(scope === GMAIL_SEND && mayNotSend)),
          offline: wantsRefreshToken(interaction, store.hasRefreshToken(account.sub)),
        });
  ctx.status = 303;
  ctx.redirect(
    await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: false }),
  );
}

/** Field reports: a repeated sign-in without `prompt=consent` brings no refresh token. */
function wantsRefreshToken({ params }: Interaction, hasOne: boolean): boolean {
  const prompts = textOf(params.prompt)?.split(' ') ?? [];
  return params.access_type === 'offline' && (prompts.includes('consent') || !hasOne);
}

async function findInteraction(provider: Provider, ctx: Context): Promise<Interaction | undefined> {
  try {
    const interaction = await provider.interactionDetails(ctx.req, ctx.res);
    return ctx.path === `${PATHS.signIn}/${interaction.uid}` ? interaction : undefined;
  } catch {
    return undefined;
  }
}

function requestedScopes({ params }: Interaction): string[] {
  return (textOf(params.scope) ?? '').split(' ').filter(Boolean);
}

function unknownScopes(scope: unknown): string[] {
  const asked = (textOf(scope) ?? '').split(' ').filter(Boolean);
  return asked.filter((one) => !SCOPES.includes(one));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function show(ctx: Context, page: NamedError): void {
  ctx.status = page.status;
  ctx.set(page.headers ?? {});
  ctx.body = page.body;
}
