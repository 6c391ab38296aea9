/**
 * The reference of a test message, as the record keeps it. Only the message shows a reference, so typing it proves that
 * a person has the message in front of them: anyone who reads the record finds a hash. (It keeps honest people from
 * copying it. There are only a few million references, so it would not withstand somebody who tries them all.)
 */

/** @param connectionId the salt, which is different for each sign-in */
export function hashReference(connectionId: string, reference: string): string {
  // Loaded only here: every start reads records, and loading this takes 4 ms.
  const { createHmac } = process.getBuiltinModule('node:crypto');
  return createHmac('sha256', connectionId).update(plain(reference)).digest('hex');
}

/** Case, spaces and hyphens don't matter. */
function plain(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
