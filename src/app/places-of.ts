/** Where an error happened, for `--verbose`: places in the code alone, since an outside error's words may hold secrets. */

/** The places of the error at the bottom of it: what came above only put it into words. */
export function placesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  if (error.cause instanceof Error) return placesOf(error.cause);
  return (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
}
