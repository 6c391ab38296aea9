/** The JWT-bearer grant (RFC 7523) and the IAM Credentials API of the stand-in, as strict as Google's. */
import { randomBytes } from 'node:crypto';
import type { Account, AccountBook } from './accounts.js';
import type { BufferedRequest, Context, Middleware } from './http.js';
import { claimsOf } from './keys.js';
import { PATHS, SCOPES } from './provider.js';
import type { SecretLog } from './secrets.js';
import {
  ServiceAccount,
  type ServiceAccountOptions,
  type StandInServiceAccount,
} from './service-accounts.js';
import { TOKEN_ERRORS } from './token-errors.js';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';
const IAM_PATH = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):(signJwt|generateIdToken)$/;
const HOUR_S = 3_600;
/** Google's tolerance for clocks. */
const LEEWAY_S = 300;

/** What a token lets its bearer do. */
interface Grant {
  /** In whose name; undefined for a service account's own, or a person's for Google Cloud. */
  readonly account: Account | undefined;
  readonly scopes: readonly string[];
  /** Of a person: for which service account they may create tokens. */
  readonly creatorOf: ServiceAccount | undefined;
  readonly endsAt: number;
}

interface Refusal {
  readonly status: number;
  readonly body: object | string;
}

/** All service accounts, and the tokens that came of them. */
export class Delegation {
  readonly #accounts: ServiceAccount[] = [];
  readonly #grants = new Map<string, Grant>();

  constructor(
    private readonly issuer: string,
    private readonly people: AccountBook,
    private readonly secrets: SecretLog,
    private readonly now: () => number,
  ) {}

  add(options: ServiceAccountOptions): StandInServiceAccount {
    const account = new ServiceAccount(options);
    this.#accounts.push(account);
    return account;
  }

  /** What a bearer token of a delegation stands for, while it lives. */
  find(token: string): Grant | undefined {
    const grant = this.#grants.get(token);
    return grant !== undefined && grant.endsAt > this.now() ? grant : undefined;
  }

  readonly middleware: Middleware = async (ctx, next) => {
    const request = ctx.req as BufferedRequest;
    const iam = IAM_PATH.exec(ctx.path);
    if (ctx.method === 'POST' && iam !== null) {
      return answer(ctx, await this.#iam(decodeURIComponent(iam[1] ?? ''), iam[2], request));
    }
    if (ctx.method !== 'POST' || ctx.path !== PATHS.token) return next();
    const fields = request.fields();
    if (fields.get('grant_type') === JWT_BEARER) {
      return answer(ctx, this.#exchange(fields.get('assertion') ?? ''));
    }
    const refreshToken = fields.get('refresh_token') ?? '';
    const creatorOf = this.#accounts.find(({ people }) => people.has(refreshToken));
    if (creatorOf === undefined) return next();
    const may = creatorOf.people.get(refreshToken) === true ? creatorOf : undefined;
    return answer(ctx, this.#grant(undefined, [CLOUD_PLATFORM], may));
  };

  #exchange(assertion: string): Refusal {
    const [head = '', claims = '', signature = ''] = assertion.split('.');
    const [header, content] = [parse(head), parse(claims)];
    if (header === undefined || content === undefined) return badAssertion('Malformed JWT.');
    const account = this.#accounts.find(({ email }) => email === content.iss);
    if (account === undefined) return TOKEN_ERRORS['delegation-no-verifier'];
    if (account.isDisabled) return TOKEN_ERRORS.disabled_client;
    const bytes = Buffer.from(signature, 'base64url');
    const isSigned =
      header.alg === 'RS256' && account.isSignedBy(header.kid, `${head}.${claims}`, bytes);
    if (!isSigned) return TOKEN_ERRORS['delegation-jwt-signature'];
    if (content.aud !== `${this.issuer}${PATHS.token}`) {
      return badAssertion('Invalid JWT: Failed audience check.');
    }
    if (!this.#isShortLived(content)) return TOKEN_ERRORS['delegation-jwt-not-short-lived'];
    const asked = typeof content.scope === 'string' ? content.scope.split(' ') : [];
    if (content.sub === undefined) {
      const isItsOwn = asked.every((scope) => scope === CLOUD_PLATFORM) && asked.length > 0;
      if (!isItsOwn) return TOKEN_ERRORS['delegation-invalid-scope'];
      return this.#grant(undefined, asked, account);
    }
    if (asked.length === 0 || asked.some((scope) => !SCOPES.includes(scope))) {
      return TOKEN_ERRORS['delegation-invalid-scope'];
    }
    return this.#impersonate(account, content.sub, asked);
  }

  #impersonate(account: ServiceAccount, sub: unknown, asked: readonly string[]): Refusal {
    const person = this.people.find(String(sub));
    // An alias or a group is no person; a personal account belongs to no Workspace.
    if (person?.hostedDomain === undefined) {
      return TOKEN_ERRORS['invalid_grant-invalid-email-or-user'];
    }
    if (account.isListedByAddress) return TOKEN_ERRORS['delegation-client-is-unauthorized'];
    if (account.scopes.length === 0) return TOKEN_ERRORS['delegation-unauthorized-client-or-scope'];
    if (asked.some((scope) => !account.scopes.includes(scope))) {
      return TOKEN_ERRORS['delegation-client-is-unauthorized'];
    }
    return this.#grant(person, asked, undefined);
  }

  #isShortLived({ iat, exp }: Record<string, unknown>): boolean {
    const now = this.now() / 1000;
    return (
      typeof iat === 'number' &&
      typeof exp === 'number' &&
      exp - iat <= HOUR_S + LEEWAY_S &&
      exp > now - LEEWAY_S &&
      Math.abs(iat - now) <= HOUR_S &&
      iat <= now + LEEWAY_S
    );
  }

  #grant(
    account: Account | undefined,
    scopes: readonly string[],
    creatorOf: ServiceAccount | undefined,
  ): Refusal {
    const token = `ya29.c.${randomBytes(48).toString('base64url')}`;
    this.secrets.add(token);
    // The oldest come first, and all live as long.
    for (const [old, { endsAt }] of this.#grants) {
      if (endsAt > this.now()) break;
      this.#grants.delete(old);
    }
    this.#grants.set(token, { account, scopes, creatorOf, endsAt: this.now() + HOUR_S * 1000 });
    return { status: 200, body: { access_token: token, expires_in: 3599, token_type: 'Bearer' } };
  }

  async #iam(
    email: string,
    method: string | undefined,
    request: BufferedRequest,
  ): Promise<Refusal> {
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const grant = this.find(token);
    if (!grant?.scopes.includes(CLOUD_PLATFORM)) {
      return apiError(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    }
    const account = this.#accounts.find((one) => one.email === email);
    // Google does not tell a stranger whether it exists.
    if (account === undefined || grant.creatorOf !== account) {
      const denied = `Permission 'iam.serviceAccounts.${method}' denied on resource (or it may not exist).`;
      return apiError(403, 'PERMISSION_DENIED', denied, 'IAM_PERMISSION_DENIED');
    }
    const body = JSON.parse(request.body.toString() || '{}') as Record<string, unknown>;
    if (method === 'generateIdToken') {
      const { clientId } = account;
      const claims = { aud: body.audience, azp: clientId, sub: clientId };
      return { status: 200, body: { token: (await account.signJwt(claims)).signedJwt } };
    }
    const payload = typeof body.payload === 'string' ? parseJson(body.payload) : undefined;
    if (payload === undefined) return apiError(400, 'INVALID_ARGUMENT', 'Invalid payload.');
    const signed = await account.signJwt(payload);
    this.secrets.add(signed.signedJwt);
    return { status: 200, body: signed };
  }
}

/** The front door leaves what is said here as it is: it is in Google's words already. */
function answer(ctx: Context, { status, body }: Refusal): void {
  ctx.state.isGoogles = true;
  ctx.status = status;
  ctx.body = body;
}

function parse(part: string): Record<string, unknown> | undefined {
  try {
    return claimsOf(`.${part}.`);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

function badAssertion(description: string): Refusal {
  return { status: 400, body: { error: 'invalid_grant', error_description: description } };
}

function apiError(status: number, name: string, message: string, reason?: string): Refusal {
  const details =
    reason === undefined
      ? []
      : [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason,
            domain: 'iam.googleapis.com',
          },
        ];
  return { status, body: { error: { code: status, message, status: name, details } } };
}
