// The server's sheet of a plan → what the workbench begins with.
import type { RedrawSheet } from '@/api/client';
import type { Start } from '@/core/draft/draft';

/** What the core needs of a sheet. */
export function startOf(sheet: RedrawSheet): Start {
  const { units, rules } = sheet;
  return {
    ground: {
      rules: {
        target: rules.target_load, bandBp: rules.band_bp, pair: rules.keepers_per_area,
        loadPerKeeper: rules.load_per_keeper, compoundsCount: rules.compounds_count,
      },
      households: units.households, ...(rules.weigh_by === 'visits' ? { load: units.visits } : {}), zone: units.zone, part: units.part, heavy: units.heavy, group: units.compound,
      locked: units.locked, heavyPart: sheet.heavy_part, zoneOfPart: sheet.zone_of_part, edges: sheet.edges as [number, number][],
    },
    unitIds: units.id,
    areaIds: sheet.areas.map(({ id }) => id),
    fields: sheet.areas.map(({ number, name, locked }) => ({ number, name, locked })),
    areaOf: sheet.area_of,
    baseline: sheet.baseline,
    people: sheet.people.map(({ appointment, name, kind, compound, active }) => ({ appointment, name, partTime: kind === 'part_time', compound: compound ?? '', active })),
    seatOf: sheet.people.map(({ area }) => area),
  };
}
