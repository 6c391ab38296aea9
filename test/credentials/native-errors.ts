/**
 * Makes `error instanceof Error` true of Node's own errors under jest, as it is outside jest: a test runs
 * in a context with an `Error` of its own, and Node's file system throws that of the main context.
 * Import it for that effect, before the code under test is used.
 */

import { types } from 'node:util';

Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    // Inherited by every class of errors: those keep the usual meaning.
    return this === Error
      ? types.isNativeError(value)
      : Function.prototype[Symbol.hasInstance].call(this, value);
  },
});
