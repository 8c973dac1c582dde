// Classes of the legends: one list for the map, the legend and the table.

/** Six area colours, placed by graph colouring; told apart by any colour vision at roof strength. */
export const AREA_COLOURS = ['#117733', '#99ddff', '#aa4499', '#aaaa00', '#f0e442', '#ffaabb'] as const;

export interface DeviationClass {
  key: string;
  colour: string;
  /** Lower bound, basis points, inclusive. */
  from: number;
}

/** Under = teal, over = brown; the sign is printed too. */
export function deviationClasses(bandBp: number, badBp: number): DeviationClass[] {
  return [
    { key: 'far_under', colour: '#01665e', from: -Infinity },
    { key: 'under', colour: '#5ab4ac', from: -badBp },
    { key: 'within', colour: '#e9e6df', from: -bandBp },
    { key: 'over', colour: '#d8b365', from: bandBp + 1 },
    { key: 'far_over', colour: '#8c510a', from: badBp + 1 },
  ];
}

export function deviationClass(bp: number, classes: DeviationClass[]): DeviationClass {
  let found = classes[0]!;
  for (const one of classes) if (bp >= one.from) found = one;
  return found;
}

export interface CoverageClass {
  key: string;
  colour: string;
  /** Lower bound of coverage, basis points, inclusive. */
  from: number;
}

/** Coverage of a compound: brown = worse. */
export const COVERAGE_CLASSES: CoverageClass[] = [
  { key: 'none', colour: '#7f3b08', from: 0 },
  { key: 'low', colour: '#c8690f', from: 1 },
  { key: 'half', colour: '#f2a955', from: 5000 },
  { key: 'most', colour: '#fdd9ab', from: 7500 },
  { key: 'full', colour: '#e9e4ef', from: 10000 },
];

export function coverageClass(bp: number): CoverageClass {
  let found = COVERAGE_CLASSES[0]!;
  for (const one of COVERAGE_CLASSES) if (bp >= one.from) found = one;
  return found;
}
