/** The reference of a test message, as people type it. */

/** Whether two references are the same, whatever their case, spaces and hyphens. */
export function sameReference(typed: string, reference: string): boolean {
  return plain(typed) === plain(reference) && plain(reference) !== '';
}

function plain(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
