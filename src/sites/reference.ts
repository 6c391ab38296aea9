/**
 * The reference of a test message as the record keeps it. Only the message shows a reference, so that typing it proves
 * that a person has the message before them: who reads the record finds a hash. (It keeps honest people from copying it.
 * There are a few million references, so it is no secret that could withstand somebody who tries them all.)
 */

/** @param connectionId the salt: each sign-in has one of its own */
export function hashReference(connectionId: string, reference: string): string {
  // Loaded only here: each start reads records, and this takes it 4 ms.
  const { createHmac } = process.getBuiltinModule('node:crypto');
  return createHmac('sha256', connectionId).update(plain(reference)).digest('hex');
}

/** Case, spaces and hyphens don't matter. */
function plain(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
