/** The errors a person or a script can meet: one stable code each, and the exit code it ends on. */

/** Every stable error code, and the exit code of the process that ends on it (docs/troubleshooting.md documents both). */
export const EXIT_CODES = {
  // 1: failed; what was there before still is.
  'account-mismatch': 1,
  'invalid-id-token': 1,
  'admin-policy': 1,
  'gmail-api-disabled': 1,
  'no-mailbox': 1,
  'smtp-refused': 1,
  storage: 1,
  internal: 1,
  // 2: wrong usage, or invalid input or settings.
  usage: 2,
  'invalid-settings': 2,
  'no-such-site': 2,
  'no-sites': 2,
  'not-interactive': 2,
  'no-oauth-client': 2,
  'invalid-oauth-client': 2,
  'invalid-recipient': 2,
  'invalid-message': 2,
  'message-too-large': 2,
  'no-mail-server': 2,
  // 3: the person said no.
  cancelled: 3,
  'consent-denied': 3,
  // 4: sign-in needed.
  'sign-in-needed': 4,
  'sign-in-timeout': 4,
  'permission-not-granted': 4,
  'permission-insufficient': 4,
  'no-refresh-token': 4,
  // 5: temporary.
  'site-busy': 5,
  'rate-limited': 5,
  'daily-limit': 5,
  'google-unavailable': 5,
  'delivery-unknown': 5,
  network: 5,
  proxy: 5,
  // 6: the credential store.
  'keychain-unavailable': 6,
  'keychain-locked': 6,
  'keychain-timeout': 6,
  'vault-passphrase': 6,
  // 130: Ctrl-C.
  interrupted: 130,
} as const;

/** A stable error code. */
export type ErrorCode = keyof typeof EXIT_CODES;

/** Why a stored connection no longer works; the likeliest cause, from what Google said and what is stored. */
export const SIGN_IN_REASONS = [
  'not-connected',
  'revoked-or-expired',
  'password-changed-or-revoked',
  'testing-mode-expiry',
  'admin-session-policy',
] as const;

/** One of these causes. */
export type SignInReason = (typeof SIGN_IN_REASONS)[number];

/** Facts an error carries beside its words: written into the JSON error event. */
export interface ErrorDetails {
  /** `sign-in-needed`: the likeliest cause. */
  readonly reason?: SignInReason;
  /** `rate-limited`: when Google accepts email again, ISO 8601. */
  readonly retryAt?: string;
  /** `status --check`: the site that the error is about. */
  readonly site?: string;
  /** Refusals that an administrator can mend: a message for them, ready to forward. */
  readonly adminNote?: string;
  /** `invalid-settings` of an import: what is wrong where; row 1 is the first after the header. */
  readonly rows?: readonly {
    readonly row: number;
    readonly column: string;
    readonly message: string;
  }[];
  /** `admin-policy` of a delegation: what the Admin console asks for. */
  readonly serviceAccount?: {
    readonly email: string;
    /** The numeric one; null where nothing has told it. */
    readonly clientId: string | null;
    readonly scope: string;
  };
  /** `usage`: the sites on record when none was named. */
  readonly sites?: readonly string[];
  /** Whether Google's or a server's answer proves that nothing was sent; absent where nothing was being sent. */
  readonly sent?: 'no' | 'partly' | 'unknown';
  /**
   * Of the credential store, which was asked to store or delete one secret: whether it may have done so. It says
   * nothing of what else the command had changed by then.
   */
  readonly secretChanged?: 'no' | 'unknown';
  /** `smtp-refused` of the user or the password: the message itself was not judged. */
  readonly refusedAt?: 'log-in';
  /** `smtp-refused` of a message that was sent to some: the recipients that were refused. */
  readonly refused?: readonly string[];
}

/**
 * An expected failure, in words for a practice manager.
 * `message` says what happened; `hint` says who can mend it and how, one idea a line.
 * Neither ever holds a token, a password or text that was not cleaned first.
 */
export class MailError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: ErrorDetails;
  #exitCode: number | null = null;

  /** @param cause the error behind it: told by its place in the code alone, with `--verbose` */
  constructor(
    code: ErrorCode,
    message: string,
    hint: string,
    details: ErrorDetails = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'MailError';
    this.code = code;
    this.hint = hint;
    this.details = details;
  }

  /** The same error with other words or facts; where it happened is kept. */
  with(change: { readonly hint?: string; readonly details?: ErrorDetails }): MailError {
    const { code, message, hint, details, stack, cause } = this;
    const changed = new MailError(
      code,
      message,
      change.hint ?? hint,
      { ...details, ...change.details },
      cause,
    );
    if (stack !== undefined) changed.stack = stack;
    return changed;
  }

  /** The exit code of a process that ends on this error. */
  get exitCode(): number {
    return this.#exitCode ?? EXIT_CODES[this.code];
  }

  /** The same error where another table of exit codes counts (sysexits.h). */
  withExitCode(exitCode: number): MailError {
    const error = new MailError(this.code, this.message, this.hint, this.details);
    error.#exitCode = exitCode;
    return error;
  }
}

/** How a command ends that has told everything in its result: only the exit code is left. */
export class EndedWith extends Error {
  override readonly name = 'EndedWith';

  constructor(readonly exitCode: number) {
    super(`ended with ${exitCode}`);
  }
}

/** The error of a person pressing Ctrl-C, or Ctrl-D at a question, or of a signal that asks the program to end. */
export function interrupted(): MailError {
  return new MailError('interrupted', 'Stopped.', 'Run the same command again to go on.');
}

/** A fault of this program. An outside error's own words may hold secrets: only its name is told. */
export function unexpectedError(error: unknown): MailError {
  const name = error instanceof Error ? error.name : typeof error;
  return new MailError(
    'internal',
    `Something unexpected went wrong in writeupp-mail (${name}).`,
    'Run the command again. If it happens again, please report it; --verbose says where it happened.',
    {},
    error,
  );
}

/** The exit codes of failed checks, the most pressing first: what a person must mend before what may pass by itself. */
const PRESSING = [6, 4, 3, 2, 1, 5] as const;

/** The failure that decides the exit code of several: lasting before passing, then the higher exit code. */
export function mostPressing(failures: readonly MailError[]): MailError | undefined {
  const rank = ({ exitCode }: MailError) => (PRESSING as readonly number[]).indexOf(exitCode);
  return failures.toSorted((one, other) => rank(one) - rank(other))[0];
}
