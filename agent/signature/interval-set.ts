/** Sets of unsigned integers as sorted, disjoint, non-adjacent inclusive ranges. */
export type IntervalSet = readonly (readonly [first: bigint, last: bigint])[];

/** Sort and join ranges. */
export function normaliseIntervals(ranges: IntervalSet): IntervalSet {
  const sorted = [...ranges].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const joined: [bigint, bigint][] = [];
  for (const [first, last] of sorted) {
    const previous = joined.at(-1);
    if (previous && first <= previous[1] + 1n) {
      if (last > previous[1]) previous[1] = last;
    } else {
      joined.push([first, last]);
    }
  }
  return joined;
}

/** Everything in [0, max] that is not in `set`. */
export function complementIntervals(set: IntervalSet, max: bigint): IntervalSet {
  const result: [bigint, bigint][] = [];
  let next = 0n;
  for (const [first, last] of set) {
    if (first > next) result.push([next, first - 1n]);
    next = last + 1n;
  }
  if (next <= max) result.push([next, max]);
  return result;
}

/** What is in both sets. */
export function intersectIntervals(a: IntervalSet, b: IntervalSet): IntervalSet {
  const result: [bigint, bigint][] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const [firstA, lastA] = a[i]!;
    const [firstB, lastB] = b[j]!;
    const isFirstA = lastA < lastB;
    const last = isFirstA ? lastA : lastB;
    let first = firstA;
    if (firstB > first) first = firstB;
    if (first <= last) result.push([first, last]);
    if (isFirstA) i++;
    else j++;
  }
  return result;
}

/** What is in `a` and not in `b`. */
export function subtractIntervals(a: IntervalSet, b: IntervalSet, max: bigint): IntervalSet {
  return intersectIntervals(a, complementIntervals(b, max));
}
