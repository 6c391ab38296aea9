/** What the OpenID provider remembers: one map a stand-in, so that many can run in one process. */
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

const TOKENS = ['AccessToken', 'RefreshToken', 'AuthorizationCode'] as const;

export class TokenStore {
  readonly #entries = new Map<string, AdapterPayload>();
  readonly #offlineGrants = new Set<string>();
  #sweepAt = 1_000;

  /** The storage adapter that `oidc-provider` asks for. It checks expiry itself when it reads. */
  readonly adapter: AdapterFactory = (model) => this.#adapterOf(model);

  /** The grant was asked for with `access_type=offline`: its first exchange gives a refresh token. */
  markOffline(grantId: string): void {
    this.#offlineGrants.add(grantId);
  }

  isOffline(grantId: string): boolean {
    return this.#offlineGrants.has(grantId);
  }

  /** Does the account hold a refresh token? Google gives another only after a new consent. */
  hasRefreshToken(sub: string): boolean {
    return [...this.#entries].some(
      ([key, { accountId }]) => key.startsWith('RefreshToken:') && accountId === sub,
    );
  }

  /** Ends every grant of the account: Google's revocation covers the whole project at once. */
  revokeAccount(sub: string): void {
    this.#deleteWhere(
      (key, { accountId }) => accountId === sub && isOneOf(key, [...TOKENS, 'Grant']),
    );
  }

  #sweep(): void {
    const now = Date.now() / 1000;
    this.#deleteWhere((_, { exp }) => exp !== undefined && exp < now);
    this.#sweepAt = 2 * this.#entries.size + 1_000;
  }

  #deleteWhere(matches: (key: string, payload: AdapterPayload) => boolean): void {
    for (const [key, payload] of this.#entries) {
      if (matches(key, payload)) {
        this.#entries.delete(key);
      }
    }
  }

  async #findBy(
    matches: (payload: AdapterPayload) => boolean,
  ): Promise<AdapterPayload | undefined> {
    return [...this.#entries.values()].find(matches);
  }

  #adapterOf(model: string): Adapter {
    const keyOf = (id: string) => `${model}:${id}`;
    return {
      upsert: async (id, payload) => {
        this.#entries.set(keyOf(id), payload);
        if (this.#entries.size > this.#sweepAt) this.#sweep();
      },
      find: async (id) => this.#entries.get(keyOf(id)),
      findByUid: (uid) => this.#findBy((payload) => payload.uid === uid),
      findByUserCode: (userCode) => this.#findBy((payload) => payload.userCode === userCode),
      destroy: async (id) => void this.#entries.delete(keyOf(id)),
      consume: async (id) => {
        const payload = this.#entries.get(keyOf(id));
        if (payload) {
          payload.consumed = Math.floor(Date.now() / 1000);
        }
      },
      revokeByGrantId: async (grantId) =>
        this.#deleteWhere((key, payload) => payload.grantId === grantId && isOneOf(key, TOKENS)),
    };
  }
}

function isOneOf(key: string, models: readonly string[]): boolean {
  return models.some((model) => key.startsWith(`${model}:`));
}
