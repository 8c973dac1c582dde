// Words of the patrol page, in English.
export default {
  title: 'Patrol', answer: '{scope}: {n} buildings, {cold} without a visit for more than 14 days{never}. In {days} days at least {share}% of households were reached.', answerNever: ' ({n} of them without any record)', coldest: 'Longest: {names}', unknown: '{n} buildings without a count are outside the share', asOf: 'as of {at}',
  legend: 'Days since a visit (buildings)', band: { b0: '0–3 days', b1: '4–7 days', b2: '8–14 days', b3: 'over 14 days', b4: 'no record' }, by: { day: 'by day', week: 'by week', label: 'Matrix' }, tab: { cold: 'Cold buildings', compounds: 'Coverage of compounds', matrix: 'Matrix', label: 'View' },
  cold: '{n} buildings, longest without a visit first, coloured as on the map', days: '{n} days', never: 'no record', last: 'last on {date}', head: { compound: 'Compound', buildings: 'bldg', cold: '> 14 d', longest: 'longest', share: 'at least' }, order: 'most cold buildings first', matrixNote: 'A cell is the share of households reached, at least; by compound, never by area or person.', noRows: 'No patrol figures to see here', filter: 'compound or building', atLeast: 'at least',
};
