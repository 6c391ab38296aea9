/** What was probably meant: the nearest known word, if it is near enough to be a typing mistake. */

/** A slip is a letter too many, missing or wrong, or two letters swapped. */
const SLIPS_MAX = 2;

/** The nearest known word; null if there is none, or if the word is known and so not mistyped. */
export function nearMiss(word: string, known: readonly string[]): string | null {
  const typed = word.toLowerCase();
  let best: { readonly name: string; readonly slips: number } | null = null;
  for (const name of known) {
    const slips = slipsBetween(typed, name.toLowerCase());
    if (slips === 0) return null;
    // In a short word, two slips make a different word.
    const isNear = slips <= Math.min(SLIPS_MAX, Math.floor(typed.length / 3));
    if (isNear && (best === null || slips < best.slips)) best = { name, slips };
  }
  return best?.name ?? null;
}

/** Optimal string alignment distance. */
function slipsBetween(one: string, other: string): number {
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row[j] = Math.min(
        (row[j - 1] ?? 0) + 1,
        (above[j] ?? 0) + 1,
        (above[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = above;
    above = row;
  }
  return above[other.length] ?? 0;
}
