// Six colours so that areas near each other differ; what need not change keeps its colour.
// DSATUR (Brélaz 1979) for areas without colour, a Kempe exchange where all six are taken.

export const COLOURS = 6;
/** Longer chains are not worth a stroke's time: two neighbours then share a colour, and their numbers tell. */
const LONGEST_CHAIN = 40;
const NONE = -1;

/** Gives `wanted` areas a colour that none of their neighbours has; returns the areas whose colour changed. */
export function recolour(colours: number[], wanted: Iterable<number>, near: (area: number) => Iterable<number>): number[] {
  const before = new Map<number, number>();
  const paint = (area: number, colour: number) => {
    if (!before.has(area)) before.set(area, colours[area] ?? NONE);
    colours[area] = colour;
  };
  const used = (area: number) => new Set([...near(area)].map((other) => colours[other] ?? NONE));
  const clash = (area: number) => (colours[area] ?? NONE) < 0 || used(area).has(colours[area] as number);
  const open = new Set([...wanted].filter(clash));
  open.forEach((area) => paint(area, NONE));
  while (open.size > 0) {
    // The area whose neighbours use most colours first.
    const next = [...open].sort((a, b) => used(b).size - used(a).size || a - b)[0] as number;
    open.delete(next);
    const taken = used(next);
    const old = before.get(next) ?? NONE;
    const free = [old, 0, 1, 2, 3, 4, 5].find((colour) => colour >= 0 && !taken.has(colour));
    if (free !== undefined) paint(next, free);
    else exchange(next, colours, near, paint);
  }
  return [...before].flatMap(([area, old]) => (colours[area] === old ? [] : [area]));
}

/** Frees a colour by swapping two colours in one connected part; without luck two neighbours share one, and the numbers tell. */
function exchange(area: number, colours: number[], near: (area: number) => Iterable<number>, paint: (area: number, colour: number) => void): void {
  const around = [...near(area)];
  for (let a = 0; a < COLOURS; a++) {
    for (let b = 0; b < COLOURS; b++) {
      const starts = around.filter((other) => colours[other] === a);
      if (a === b || starts.length === 0) continue;
      const chain = new Set(starts);
      for (const member of chain) {
        if (chain.size > LONGEST_CHAIN) break;
        for (const other of near(member)) if (other !== area && (colours[other] === a || colours[other] === b)) chain.add(other);
      }
      if (chain.size > LONGEST_CHAIN || around.some((other) => chain.has(other) && colours[other] === b)) continue;
      for (const member of chain) paint(member, colours[member] === a ? b : a);
      paint(area, a);
      return;
    }
  }
  const count = (colour: number) => around.filter((other) => colours[other] === colour).length;
  paint(area, [0, 1, 2, 3, 4, 5].sort((a, b) => count(a) - count(b) || a - b)[0] as number);
}
