// Circles of single issues by what became of them: map and legend take the same colours.
export const POINTS = { overdue: '#b3261e', open: '#0f6b66', closed: '#8a979c' } as const;
