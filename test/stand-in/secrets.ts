/** Every secret that passed through the stand-in, so that tests can look for leaks of them. */

const SECRET_FIELDS = new Set([
  'access_token',
  'assertion',
  'client_secret',
  'code',
  'code_verifier',
  'id_token',
  'refresh_token',
  'token',
]);

export class SecretLog {
  readonly #seen = new Set<string>();

  constructor(private readonly remembers: boolean) {}

  add(secret: string | undefined): void {
    if (secret && this.remembers) {
      this.#seen.add(secret);
    }
  }

  /** Takes the secret ones of these form fields, query parameters or JSON members. */
  addFields(fields: Iterable<readonly [string, unknown]>): void {
    for (const [name, value] of fields) {
      if (SECRET_FIELDS.has(name) && typeof value === 'string') {
        this.add(value);
      }
    }
  }

  list(): string[] {
    return [...this.#seen];
  }
}
