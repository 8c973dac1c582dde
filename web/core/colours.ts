// Colours of data and the classes behind them. The same values as app/styles/tokens.css; not theming.
// Invariant: a class index is enough to draw and to print a legend row, so map and list cannot differ.

/** Six area colours; neighbours differ (the server colours the graph). */
export const AREA_COLOURS = ['#117733', '#99ddff', '#99388a', '#aaaa00', '#f0e442', '#ffaabb'] as const;
/** Text on an area colour, at least 4.5:1. */
export const AREA_INK = ['#ffffff', '#111111', '#ffffff', '#111111', '#111111', '#111111'] as const;

/** Colour of an area by its index; grey for none. */
export function areaColour(index: number | null | undefined): string {
  return AREA_COLOURS[index ?? -1] ?? '#e9e6df';
}

/** Text on {@link areaColour}. */
export function areaInk(index: number | null | undefined): string {
  return AREA_INK[index ?? -1] ?? '#111111';
}

/** A class of a legend: drawn colour, label and bounds in basis points (lower inclusive, upper exclusive). */
export interface ColourClass {
  readonly colour: string;
  readonly ink: string;
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** BrBG, under = teal, over = brown; the sign is printed as well. */
export function deviationClasses(bandBp: number, badBp: number): ColourClass[] {
  const p = (bp: number) => (bp / 100).toFixed(bp % 100 === 0 ? 0 : 1);
  return [
    { colour: '#01665e', ink: '#ffffff', from: -Infinity, to: -badBp, label: `< −${p(badBp)}%` },
    { colour: '#5ab4ac', ink: '#111111', from: -badBp, to: -bandBp, label: `−${p(badBp)}～−${p(bandBp)}%` },
    { colour: '#f5f5f5', ink: '#111111', from: -bandBp, to: bandBp + 1, label: `±${p(bandBp)}%` },
    { colour: '#d8b365', ink: '#111111', from: bandBp + 1, to: badBp + 1, label: `+${p(bandBp)}～+${p(badBp)}%` },
    { colour: '#8c510a', ink: '#ffffff', from: badBp + 1, to: Infinity, label: `> +${p(badBp)}%` },
  ];
}

/** PuOr by coverage, brown = worse; `null` coverage has no class. */
export const COVERAGE_CLASSES: readonly ColourClass[] = [
  { colour: '#7f3b08', ink: '#ffffff', from: 0, to: 1000, label: '< 10%' },
  { colour: '#c8690f', ink: '#ffffff', from: 1000, to: 4000, label: '10–40%' },
  { colour: '#f2a955', ink: '#111111', from: 4000, to: 7000, label: '40–70%' },
  { colour: '#fdd9ab', ink: '#111111', from: 7000, to: 10000, label: '70–100%' },
  { colour: '#e9e4ef', ink: '#111111', from: 10000, to: Infinity, label: '100%' },
];

/** Households per pair of keepers in post, dark = more; nobody in post is a class of its own. */
export const LOAD_CLASSES: readonly ColourClass[] = [
  { colour: '#fff3b0', ink: '#111111', from: 0, to: 400, label: '< 400' },
  { colour: '#fecc5c', ink: '#111111', from: 400, to: 600, label: '400–600' },
  { colour: '#fd8d3c', ink: '#111111', from: 600, to: 900, label: '600–900' },
  { colour: '#bd0026', ink: '#ffffff', from: 900, to: 1e9, label: '> 900' },
  { colour: '#4b4b55', ink: '#ffffff', from: 1e9, to: Infinity, label: '无人 nobody' },
];
/** Load of an area that nobody serves. */
export const NOBODY = 1e9;

/** Index of the class of a value, −1 for none. */
export function classOf(classes: readonly ColourClass[], value: number | null | undefined): number {
  if (value === null || value === undefined) return -1;
  return classes.findIndex((c) => value >= c.from && value < c.to);
}

/** How many values fall into every class; empty classes stay listed. */
export function countByClass(classes: readonly ColourClass[], values: readonly (number | null | undefined)[]): { counts: number[]; none: number } {
  const counts = classes.map(() => 0);
  let none = 0;
  for (const value of values) {
    const at = classOf(classes, value);
    if (at < 0) none += 1;
    else counts[at]! += 1;
  }
  return { counts, none };
}
