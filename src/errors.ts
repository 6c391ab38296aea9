/** The errors that a person or a script can get: each has a stable code and an exit code. */

/** Every stable error code, with the exit code of the process (docs/troubleshooting.md documents both). */
export const EXIT_CODES = {
  // 1: failed; the previous state is intact.
  'account-mismatch': 1,
  'invalid-id-token': 1,
  'admin-policy': 1,
  'gmail-api-disabled': 1,
  'no-mailbox': 1,
  'smtp-refused': 1,
  'store-refused': 1,
  'gave-up': 1,
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
  'store-sign-in-needed': 4,
  'sign-in-needed': 4,
  'sign-in-timeout': 4,
  'permission-not-granted': 4,
  'permission-insufficient': 4,
  'no-refresh-token': 4,
  // 5: temporary.
  'site-busy': 5,
  'spool-busy': 5,
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

export type ErrorCode = keyof typeof EXIT_CODES;

/** Why a stored connection no longer works: the likeliest cause, from what Google said and what is stored. */
export const SIGN_IN_REASONS = [
  'not-connected',
  'revoked-or-expired',
  'password-changed-or-revoked',
  'testing-mode-expiry',
  'admin-session-policy',
] as const;

export type SignInReason = (typeof SIGN_IN_REASONS)[number];

/** Facts that an error carries in addition to its message: written to the JSON error event. */
export interface ErrorDetails {
  /** `sign-in-needed`: the likeliest cause. */
  readonly reason?: SignInReason;
  /** `rate-limited`: when Google accepts email again, ISO 8601. */
  readonly retryAt?: string;
  /** `status --check`: the site that the error is about. */
  readonly site?: string;
  /** Refusals that an administrator can fix: a message for them, ready to forward. */
  readonly adminNote?: string;
  /** `invalid-settings` in an import: what is wrong where; row 1 is the first after the header. */
  readonly rows?: readonly {
    readonly row: number;
    readonly column: string;
    readonly message: string;
  }[];
  /** `admin-policy` with a delegation: what the Admin console asks for. */
  readonly serviceAccount?: {
    readonly email: string;
    /** The numeric id; null if unknown. */
    readonly clientId: string | null;
    readonly scope: string;
  };
  /** `usage`: the sites on record when none was named. */
  readonly sites?: readonly string[];
  /** Whether Google's or a server's reply proves that nothing was sent; absent if nothing was being sent. */
  readonly sent?: 'no' | 'partly' | 'unknown';
  /**
   * Whether the credential store may have stored or deleted the one secret as asked. It says nothing about what else
   * the command had changed by then.
   */
  readonly secretChanged?: 'no' | 'unknown';
  /**
   * What a mail server refused. Login, sender or account: the message itself was not judged. Recipient, for now: other
   * messages can be sent.
   */
  readonly refusedAt?: 'log-in' | 'sender' | 'account' | 'recipient';
  /** `smtp-refused` for a message that was sent to some recipients: those that were refused. */
  readonly refused?: readonly string[];
  /** `send --batch`: how many messages are where, now that it has ended. */
  readonly waiting?: number;
  readonly inRefused?: number;
  readonly inUnknown?: number;
}

/**
 * An expected failure, explained for a practice manager.
 * `message` says what happened; `hint` says who can fix it and how, one idea per line.
 * Neither ever contains a token, a password or text that was not cleaned first.
 */
export class MailError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: ErrorDetails;
  #exitCode: number | null = null;

  /** @param cause the underlying error: only its place in the code is shown, with `--verbose` */
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

  /** The same error with another hint or other facts; where it happened is kept. */
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

  /** The exit code of a process that ends with this error. */
  get exitCode(): number {
    return this.#exitCode ?? EXIT_CODES[this.code];
  }

  /** The same error with an exit code from another table (sysexits.h). */
  withExitCode(exitCode: number): MailError {
    const error = new MailError(this.code, this.message, this.hint, this.details);
    error.#exitCode = exitCode;
    return error;
  }
}

/** Ends a command that has said everything in its result: only the exit code is left. */
export class EndedWith extends Error {
  override readonly name = 'EndedWith';

  constructor(readonly exitCode: number) {
    super(`ended with ${exitCode}`);
  }
}

/** The error for Ctrl-C, for Ctrl-D at a question, and for a signal that asks the program to end. */
export function interrupted(): MailError {
  return new MailError('interrupted', 'Stopped.', 'Run the same command again to go on.');
}

/** A fault of this program. An outside error's message may contain secrets: only its name is shown. */
export function unexpectedError(error: unknown): MailError {
  if (isShortage(error)) return shortage(error);
  const name = error instanceof Error ? error.name : typeof error;
  return new MailError(
    'internal',
    `Something unexpected went wrong in writeupp-mail (${name}).`,
    'Run the command again. If it happens again, please report it; --verbose says where it happened.',
    {},
    error,
  );
}

/** How Node.js, the system and OpenSSL report too little memory, or too many files and processes. */
const SHORTAGE_CODES =
  /^(?:ENOMEM|EAGAIN|EMFILE|ENFILE|ERR_MEMORY_ALLOCATION_FAILED|ERR_WORKER_\w+)$/;
const SHORTAGE_WORDS = /malloc failure|out of memory|allocation failed|could not allocate/i;

/** Whether an error says that the computer is short of resources: another attempt may succeed. */
export function isShortage(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof MailError) return false;
  const { code = '' } = error as { code?: unknown };
  return SHORTAGE_CODES.test(String(code)) || SHORTAGE_WORDS.test(error.message);
}

function shortage(error: unknown): MailError {
  return new MailError(
    'internal',
    'This computer gave writeupp-mail too little memory, or too few files to open.',
    'Close other programs and run the command again. If a limit is set for it (ulimit, a container, a service), raise it.',
    {},
    error,
  );
}

/** The exit codes of failed checks, most urgent first: what a person must fix before what may pass with time. */
const BY_URGENCY = [6, 4, 3, 2, 1, 5] as const;

/** The failure whose exit code counts for several: permanent before temporary, then the higher exit code. */
export function mostUrgent(failures: readonly MailError[]): MailError | undefined {
  const rank = ({ exitCode }: MailError) => (BY_URGENCY as readonly number[]).indexOf(exitCode);
  return failures.toSorted((one, other) => rank(one) - rank(other))[0];
}
