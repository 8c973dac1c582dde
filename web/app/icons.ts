// Icons drawn for this product: 24 box, 1.5 px stroke, round joins, no fill. Always beside a word on first level.
export const ICONS = {
  home: 'M4 11l8-7 8 7v9h-5v-6H9v6H4z',
  area: 'M4 5l6-1 4 2 6-1v14l-6 1-4-2-6 1zM10 4v14M14 6v14',
  gap: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM14 14h.01M20 14h.01M14 20h.01M20 20h.01M17 14h.01M14 17h.01M20 17h.01M17 20h.01',
  data: 'M4 6c0-1.600 3.600-3 8-3s8 1.400 8 3-3.600 3-8 3-8-1.400-8-3zM4 6v12c0 1.600 3.600 3 8 3s8-1.400 8-3V6M4 12c0 1.600 3.600 3 8 3s8-1.400 8-3',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4',
  globe: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c3 3 3.500 6 3.500 9s-.5 6-3.500 9c-3-3-3.500-6-3.500-9s.5-6 3.500-9z',
  down: 'M6 9l6 6 6-6', right: 'M9 6l6 6-6 6', left: 'M15 6l-6 6 6 6', up: 'M6 15l6-6 6 6',
  plus: 'M12 5v14M5 12h14', minus: 'M5 12h14', fit: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  scale: 'M12 4v16M7 20h10M5 7h14M5 7l-3 7h6zM19 7l-3 7h6z', check: 'M5 12.500l4.500 4.500L19 7', send: 'M4 12l16-8-6 16-3-6.500z',
  warn: 'M12 4l9 16H3zM12 10v5M12 17.500h.01', lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3',
  table: 'M4 5h16v14H4zM4 10h16M4 14.500h16M10 5v14', pin: 'M12 21c4-5 6-8.500 6-11.500a6 6 0 0 0-12 0C6 12.500 8 16 12 21zM12 12a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  download: 'M12 4v11M7 11l5 5 5-5M4 20h16', upload: 'M12 16V5M7 9l5-5 5 5M4 20h16', x: 'M6 6l12 12M18 6L6 18',
  refresh: 'M20 12a8 8 0 1 1-2.500-5.800M20 4v4.500h-4.500', clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.500 2',
  undo: 'M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3', book: 'M12 6c-2-1.500-4.500-2-8-2v14c3.500 0 6 .5 8 2 2-1.500 4.500-2 8-2V4c-3.500 0-6 .5-8 2zM12 6v14',
  terminal: 'M4 5h16v14H4zM7.500 9l3 3-3 3M13 15h4', text: 'M4 18l4.500-12L13 18M5.500 14h6M15 18l2.500-7 2.500 7M15.800 15.500h3.400',
  trash: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13', person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c.8-4 3.500-6 7.500-6s6.700 2 7.500 6', building: 'M6 20V4h12v16M4 20h16M10 8h.01M14 8h.01M10 12h.01M14 12h.01M10.500 20v-4h3v4',
} as const;
export type IconName = keyof typeof ICONS;
