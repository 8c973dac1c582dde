// Names of places on the heat map and on its sheet: a grid is a number of its community, a hexagon the end of its index.
import type { HeatBy, HeatItem } from '../api/issues';

export function heatName(by: HeatBy, { id, name }: HeatItem, communityOf: (code: string) => string | undefined): string {
  if (by === 'h3') return id.replace(/f+$/, '').slice(-5);
  const community = by === 'grid' ? communityOf(id.slice(0, 12)) : undefined;
  return community ? `${community.replace(/(社区|村)$/, '')} ${Number(id.slice(12)) || name}` : name;
}
