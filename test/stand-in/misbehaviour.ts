/** How the stand-in can be told, while it runs, to go wrong at a named point. */
import type { IdTokenClaims } from './keys.js';

/** `token:code` is the exchange of an authorization code, `token:refresh` every other grant. */
export type Point =
  | 'discovery'
  | 'jwks'
  | 'authorize'
  | 'token:code'
  | 'token:refresh'
  | 'revoke'
  /** The IAM Credentials API. */
  | 'iam'
  | 'send';

/** The JSON that the token endpoint answers with (RFC 6749, section 5.1). */
export type TokenResponse = Record<string, unknown>;

/**
 * `before`: nothing was done. `after`: the work was done (the code is spent, the email is
 * delivered), and only the answer is lost or replaced.
 */
export type When = 'before' | 'after';

export type Behaviour =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** An object is sent as JSON, a string as an HTML page. */
      readonly body?: object | string;
      /** Default: before. */
      readonly when?: When;
    }
  /** The connection is cut without an answer. */
  | { readonly kind: 'cut'; readonly when: When }
  /** The answer comes late; `Infinity`: never, with the connection left open. */
  | { readonly kind: 'delay'; readonly ms: number; readonly when?: When }
  | { readonly kind: 'token-response'; change(response: TokenResponse): TokenResponse }
  /** The claims are changed and signed again with the right key. */
  | { readonly kind: 'id-token'; change(claims: IdTokenClaims): IdTokenClaims }
  | { readonly kind: 'id-token-signature' }
  /** The parameters on the redirect to the program. */
  | { readonly kind: 'redirect'; change(parameters: URLSearchParams): void };

export interface MisbehaveOptions {
  /** How many requests go wrong; default: all of them, until `behave`. */
  readonly times?: number;
}

interface Planned {
  readonly point: Point;
  readonly behaviour: Behaviour;
  left: number;
}

export class Misbehaviour {
  #planned: Planned[] = [];

  /**
   * Several behaviours of one kind at one point are used up one after the other, so that "503,
   * then 429, then all is well" is three lines in a test. Throws on `times` below 1.
   */
  misbehave(point: Point, behaviour: Behaviour, { times = Infinity }: MisbehaveOptions = {}): void {
    if (times < 1) {
      throw new RangeError('times must be 1 or more');
    }
    this.#planned.push({ point, behaviour, left: times });
  }

  /** Ends all misbehaviour, or that of one point. */
  behave(point?: Point): void {
    this.#planned = this.#planned.filter((planned) => point && planned.point !== point);
  }

  /** The next behaviour of this kind for a request at this point, used up once by this call. */
  take<K extends Behaviour['kind']>(
    point: Point | undefined,
    kind: K,
    when?: When,
  ): Extract<Behaviour, { kind: K }> | undefined {
    const planned = this.#planned.find(
      (candidate) =>
        candidate.point === point &&
        candidate.left > 0 &&
        candidate.behaviour.kind === kind &&
        (when === undefined || whenOf(candidate.behaviour) === when),
    );
    if (!planned) {
      return undefined;
    }
    planned.left -= 1;
    return planned.behaviour as Extract<Behaviour, { kind: K }>;
  }
}

function whenOf(behaviour: Behaviour): When {
  return ('when' in behaviour ? behaviour.when : undefined) ?? 'before';
}
