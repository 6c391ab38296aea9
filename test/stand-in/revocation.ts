/** Google's revocation endpoint: no client is asked for, and one token ends every grant. */
import type { Provider } from 'oidc-provider';
import type { BufferedRequest, Middleware } from './http.js';
import { PATHS } from './provider.js';
import type { TokenStore } from './store.js';

/**
 * Takes `token` in the form or in the query (google-auth-library's `revokeToken` puts it in the
 * query). An access token ends its refresh token too, and all other grants of the project.
 */
export function revocationEndpoint(provider: Provider, store: TokenStore): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== PATHS.revocation || ctx.method !== 'POST') {
      return next();
    }
    const token = (ctx.req as BufferedRequest).fields().get('token') ?? '';
    const found =
      (await provider.RefreshToken.find(token)) ?? (await provider.AccessToken.find(token));
    if (found?.accountId) {
      store.revokeAccount(found.accountId);
      ctx.status = 200;
      ctx.body = {};
    } else {
      ctx.status = 400;
      ctx.body = { error: 'invalid_token', error_description: 'Token expired or revoked' };
    }
  };
}
