/** The OpenID provider behind the stand-in: `oidc-provider`, configured to be as strict as Google. */
import { randomBytes } from 'node:crypto';
import type { Configuration, InteractionResults, Provider } from 'oidc-provider';
import type { Account, AccountBook } from './accounts.js';
import type { OAuthClient } from './client.js';
import type { SigningKey } from './keys.js';
import { invalidClientPage, invalidRequestPage, redirectUriMismatchPage } from './refusals.js';
import type { TokenStore } from './store.js';
import './url-parse.js';

export const GMAIL_SEND = 'https://www.googleapis.com/auth/gmail.send';
export const SCOPES: readonly string[] = ['openid', 'email', GMAIL_SEND];

export const PATHS = {
  discovery: '/.well-known/openid-configuration',
  authorization: '/o/oauth2/v2/auth',
  token: '/token',
  revocation: '/revoke',
  jwks: '/oauth2/v3/certs',
  userinfo: '/v1/userinfo',
  signIn: '/signin',
} as const;

/** The browser's provider session: never honoured, so that each sign-in asks who it is. */
export const SESSION_COOKIE = 'stand_in_session';

export const REFRESH_TOKEN_PREFIX = '1//0';

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;

export interface ProviderParts {
  readonly issuer: string;
  readonly client: OAuthClient;
  readonly accounts: AccountBook;
  readonly store: TokenStore;
  readonly key: SigningKey;
}

export async function createProvider(parts: ProviderParts): Promise<Provider> {
  const library = await importQuietly();
  const policy = library.interactionPolicy.base();
  policy.add(new library.interactionPolicy.Prompt({ name: 'select_account', requestable: true }));
  const provider = new library.Provider(parts.issuer, {
    ...configuration(parts),
    interactions: { policy, url: (_, interaction) => `${PATHS.signIn}/${interaction.uid}` },
  });
  provider.silent = true;
  useGoogleTokenShapes(provider);
  return provider;
}

/** `oidc-provider` warns on Node 20, where it works, while it is being imported. */
async function importQuietly() {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await import('oidc-provider');
  } finally {
    console.warn = warn;
  }
}

function configuration({ issuer, client, accounts, store, key }: ProviderParts): Configuration {
  return {
    adapter: store.adapter,
    claims: { openid: ['sub'], email: ['email', 'email_verified', 'hd'] },
    clientAuthMethods: ['client_secret_post', 'client_secret_basic'],
    clientBasedCORS: () => false,
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        client_name: 'writeupp-mail',
        application_type: 'native',
        // RFC 8252, section 7.3: any port is let through for a native client's loopback address.
        redirect_uris: ['http://127.0.0.1/oauth2callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    // Google's ID token carries the email claims in the code flow too.
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(16).toString('hex')], names: { session: SESSION_COOKIE } },
    discovery: { revocation_endpoint: `${issuer}${PATHS.revocation}` },
    expiresWithSession: () => false,
    extraParams: ['access_type'],
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
    },
    findAccount: (_, sub) => toProviderAccount(accounts.find(sub)),
    issueRefreshToken: async (_, __, source) => store.isOffline(source.grantId ?? ''),
    jwks: { keys: [key.jwk] },
    loadExistingGrant: async ({ oidc }) => oidc.provider.Grant.find(grantIdOf(oidc.result)),
    pkce: { required: () => true },
    renderError: (ctx, { error, error_description: description }) => {
      const page = errorPage(error, description);
      ctx.status = page.status;
      ctx.set(page.headers ?? {});
      ctx.body = page.body;
    },
    responseTypes: ['code'],
    rotateRefreshToken: false,
    routes: PATHS,
    scopes: [...SCOPES],
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: HOUR / 6,
      Grant: YEAR,
      IdToken: HOUR,
      Interaction: HOUR,
      RefreshToken: YEAR / 2,
      Session: HOUR,
    },
  };
}

export interface Consent {
  readonly account: Account;
  readonly requestedScopes: readonly string[];
  readonly grantedScopes: readonly string[];
  readonly offline: boolean;
}

/** Records what the person allowed, and gives the result that lets the authorization go on. */
export async function grantConsent(
  { provider, store }: { readonly provider: Provider; readonly store: TokenStore },
  clientId: string,
  { account, requestedScopes, grantedScopes, offline }: Consent,
): Promise<InteractionResults> {
  const grant = new provider.Grant({ accountId: account.sub, clientId });
  grant.addOIDCScope(grantedScopes.join(' '));
  const refused = requestedScopes.filter((scope) => !grantedScopes.includes(scope));
  if (refused.length > 0) {
    grant.rejectOIDCScope(refused.join(' '));
  }
  const grantId = await grant.save();
  if (offline) {
    store.markOffline(grantId);
  }
  return {
    login: { accountId: account.sub, remember: false },
    select_account: {},
    consent: { grantId },
  };
}

function grantIdOf(result: InteractionResults | undefined): string {
  return result?.consent?.grantId ?? '';
}

function toProviderAccount(account: Account | undefined) {
  if (!account) {
    return undefined;
  }
  const { sub, email, emailVerified, hostedDomain } = account;
  const hd = hostedDomain ? { hd: hostedDomain } : {};
  return { accountId: sub, claims: () => ({ sub, email, email_verified: emailVerified, ...hd }) };
}

/** Codes and tokens begin as Google's do, which programs and secret scanners recognise. */
function useGoogleTokenShapes(provider: Provider): void {
  const prefixes = [
    [provider.AuthorizationCode, '4/0A'],
    [provider.AccessToken, 'ya29.a0A'],
    [provider.RefreshToken, REFRESH_TOKEN_PREFIX],
  ] as const;
  for (const [model, prefix] of prefixes) {
    Object.defineProperty(model.prototype, 'generateTokenId', {
      value(this: { format?: string }) {
        this.format = 'opaque';
        return `${prefix}${randomBytes(48).toString('base64url')}`;
      },
    });
  }
}

/** Google tells a wrong authorization request on a page of its own, not on the redirect. */
export function errorPage(error: string, description = '') {
  if (error === 'invalid_client') {
    return invalidClientPage();
  }
  if (error === 'invalid_redirect_uri') {
    return redirectUriMismatchPage();
  }
  return invalidRequestPage(description);
}
