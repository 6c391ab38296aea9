/** Ready-made answers that look right and are not: what a careful client must notice. */
import type { IdTokenClaims } from './keys.js';
import type { Behaviour, Point } from './misbehaviour.js';

export interface Tamper {
  readonly point: Point;
  readonly behaviour: Behaviour;
}

/** A redirect that brings an error in place of the code (RFC 6749, section 4.1.2.1). */
export function redirectError(error: string, description?: string): Tamper {
  return redirect((parameters) => {
    parameters.delete('code');
    parameters.set('error', error);
    if (description) {
      parameters.set('error_description', description);
    }
  });
}

export const TAMPERS = {
  'no-refresh-token': tokenResponse(({ refresh_token: _, ...rest }) => rest),
  'no-id-token': tokenResponse(({ id_token: _, ...rest }) => rest),
  'no-scope': tokenResponse(({ scope: _, ...rest }) => rest),
  'scope-without-send': tokenResponse(({ scope, ...rest }) => ({
    ...rest,
    scope: String(scope)
      .split(' ')
      .filter((one) => !one.endsWith('/gmail.send'))
      .join(' '),
  })),
  'id-token-wrong-nonce': idToken((claims) => ({ ...claims, nonce: 'another-nonce' })),
  'id-token-no-nonce': idToken(({ nonce: _, ...claims }) => claims),
  'id-token-wrong-audience': idToken((claims) => ({
    ...claims,
    aud: 'another-client.apps.googleusercontent.com',
  })),
  'id-token-wrong-issuer': idToken((claims) => ({ ...claims, iss: 'https://issuer.example' })),
  'id-token-expired': idToken(({ iat, exp, ...claims }) => ({
    ...claims,
    iat: Number(iat) - 7200,
    exp: Number(exp) - 7200,
  })),
  'id-token-email-not-verified': idToken((claims) => ({ ...claims, email_verified: false })),
  'id-token-no-email': idToken(({ email: _, email_verified: __, ...claims }) => claims),
  'id-token-bad-signature': {
    point: 'token:code',
    behaviour: { kind: 'id-token-signature' },
  },
  'redirect-wrong-iss': redirect((parameters) => parameters.set('iss', 'https://issuer.example')),
  'redirect-no-iss': redirect((parameters) => parameters.delete('iss')),
  'redirect-wrong-state': redirect((parameters) => parameters.set('state', 'another-state')),
  'redirect-no-state': redirect((parameters) => parameters.delete('state')),
  'redirect-wrong-code': redirect((parameters) => parameters.set('code', '4/0AnotherCode')),
} as const satisfies Record<string, Tamper>;

export type TamperName = keyof typeof TAMPERS;

function tokenResponse(change: Extract<Behaviour, { kind: 'token-response' }>['change']): Tamper {
  return { point: 'token:code', behaviour: { kind: 'token-response', change } };
}

function idToken(change: (claims: IdTokenClaims) => IdTokenClaims): Tamper {
  return { point: 'token:code', behaviour: { kind: 'id-token', change } };
}

function redirect(change: (parameters: URLSearchParams) => void): Tamper {
  return { point: 'authorize', behaviour: { kind: 'redirect', change } };
}
