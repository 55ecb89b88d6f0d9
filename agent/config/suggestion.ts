/** Owns "did you mean": the known word nearest to a mistyped one. */

/**
 * The candidate within two edits (one for words of up to four letters), the nearest first; else one that goes on where the word
 * ends (`password` → `password_file`); undefined if none is.
 */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  const reach = word.length <= 4 ? 1 : 2;
  let best: string | undefined;
  let bestDistance = reach + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > reach) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return (
    best ?? (word.length > 4 ? candidates.find((candidate) => candidate.startsWith(`${word}_`)) : undefined)
  );
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours that lead from `a` to `b` (optimal string
 * alignment). Worked example: `budjet` → `budget` 1, `hots` → `host` 1, `rule` → `rules` 1.
 */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(previous[j]! + 1, current[j - 1]! + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, beforePrevious[j - 2]! + 1);
      }
      current.push(distance);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
}
