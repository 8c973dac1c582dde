// Hatches and tags drawn on a canvas: signs that survive print and colour-blindness. No files are fetched.
import type { Map as GlMap } from 'maplibre-gl';
import { FONTS } from './palette';

const RATIO = 2;

function canvas(width: number, height: number, paint: (g: CanvasRenderingContext2D) => void): ImageData {
  const node = document.createElement('canvas');
  node.width = Math.ceil(width * RATIO);
  node.height = Math.ceil(height * RATIO);
  const g = node.getContext('2d', { willReadFrequently: true });
  if (!g) return new ImageData(node.width, node.height);
  g.scale(RATIO, RATIO);
  paint(g);
  return g.getImageData(0, 0, node.width, node.height);
}

/** Short strokes across a line; above the middle = outwards, below = inwards. */
function hachure(colour: string, outwards: boolean): ImageData {
  return canvas(6, 14, (g) => {
    g.strokeStyle = colour;
    g.lineWidth = 1.5;
    g.beginPath();
    g.moveTo(3, outwards ? 0.5 : 7);
    g.lineTo(3, outwards ? 7 : 13.5);
    g.stroke();
  });
}

function stripes(colour: string, width: number, ground: string | null): ImageData {
  return canvas(8, 8, (g) => {
    if (ground) {
      g.fillStyle = ground;
      g.fillRect(0, 0, 8, 8);
    }
    g.strokeStyle = colour;
    g.lineWidth = width;
    g.beginPath();
    for (const shift of [-8, 0, 8]) {
      g.moveTo(shift - 1, 9);
      g.lineTo(shift + 9, -1);
    }
    g.stroke();
  });
}

/** A square standing on its corner: issues that have no point of their own. */
function diamond(): ImageData {
  return canvas(26, 26, (g) => {
    g.translate(13, 13);
    g.rotate(Math.PI / 4);
    g.fillStyle = '#ffffff';
    g.strokeStyle = '#1d2a2f';
    g.lineWidth = 2;
    g.fillRect(-8, -8, 16, 16);
    g.strokeRect(-8, -8, 16, 16);
  });
}

function dots(colour: string): ImageData {
  return canvas(8, 8, (g) => {
    g.fillStyle = colour;
    for (const [x, y] of [[2, 2], [6, 6]] as const) {
      g.beginPath();
      g.arc(x, y, 0.9, 0, 7);
      g.fill();
    }
  });
}

/** Of hot spots: farther apart, closer, crossed. White under red, so that it is seen on light and on dark. */
function hotSpot(colour: string, level: 90 | 95 | 99): ImageData {
  const size = level === 90 ? 16 : 10;
  return canvas(size, size, (g) => {
    for (const [ink, width] of [['rgba(255,255,255,.9)', 2.2], [colour, 1.3]] as const) {
      g.strokeStyle = ink;
      g.lineWidth = width;
      g.beginPath();
      for (const shift of [-size, 0, size]) {
        g.moveTo(shift - 1, size + 1);
        g.lineTo(shift + size + 1, -1);
        if (level !== 99) continue;
        g.moveTo(shift - 1, -1);
        g.lineTo(shift + size + 1, size + 1);
      }
      g.stroke();
    }
  });
}

/** Of gaps: crossed, slanted, level, dotted; the same signs as the legend's. */
function gap(reason: 'unassigned' | 'unstaffed' | 'unvisited' | 'too_far'): ImageData {
  return canvas(8, 8, (g) => {
    g.strokeStyle = g.fillStyle = '#1d2a2f';
    g.lineWidth = 1;
    g.beginPath();
    if (reason === 'too_far') {
      for (const [x, y] of [[2, 2], [6, 6]] as const) {
        g.moveTo(x, y);
        g.arc(x, y, 1.1, 0, 7);
      }
      g.fill();
      return;
    }
    if (reason === 'unvisited') {
      for (const y of [2, 6]) {
        g.moveTo(0, y);
        g.lineTo(8, y);
      }
    } else {
      for (const shift of [-8, 0, 8]) {
        g.moveTo(shift - 1, 9);
        g.lineTo(shift + 9, -1);
        if (reason !== 'unassigned') continue;
        g.moveTo(shift - 1, -1);
        g.lineTo(shift + 9, 9);
      }
    }
    g.stroke();
  });
}

function few(): ImageData {
  return canvas(6, 6, (g) => {
    g.fillStyle = '#fbfaf6';
    g.fillRect(0, 0, 6, 6);
    g.fillStyle = '#6b7377';
    g.beginPath();
    g.arc(2, 2, 0.9, 0, 7);
    g.fill();
  });
}

function gate(): ImageData {
  return canvas(12, 12, (g) => {
    g.fillStyle = '#ffffff';
    g.fillRect(1, 2, 10, 8);
    g.strokeStyle = '#1d2a2f';
    g.lineWidth = 1.6;
    g.beginPath();
    g.moveTo(2.5, 1);
    g.lineTo(2.5, 11);
    g.moveTo(9.5, 1);
    g.lineTo(9.5, 11);
    g.stroke();
  });
}

/** Everything that a tag says; its image is keyed by this. */
export interface TagFace {
  readonly label: string;
  readonly colour: string;
  readonly ink: string;
  /** Households; empty for the short form (number only). */
  readonly text: string;
  /** Signed deviation, empty within the band. */
  readonly deviation: string;
  readonly over: boolean;
  readonly selected: boolean;
  readonly large: boolean;
}

const measure = (() => {
  let g: CanvasRenderingContext2D | null = null;
  return (text: string, font: string): number => {
    g ??= document.createElement('canvas').getContext('2d');
    if (!g) return text.length * 8;
    g.font = font;
    return g.measureText(text).width;
  };
})();

/** Size of a tag in pixels. */
export function tagSize(face: TagFace): { width: number; height: number; chip: number; size: number } {
  const size = face.large ? 16 : 13;
  const height = face.large ? 28 : 22;
  const chip = Math.max(height, measure(face.label, `700 ${size}px ${FONTS}`) + 10);
  const text = face.text ? measure(face.text, `${face.deviation ? 700 : 400} ${size - 1}px ${FONTS}`) + 12 : 0;
  const more = face.deviation ? measure(face.deviation, `700 ${size - 1}px ${FONTS}`) + 6 : 0;
  return { width: Math.ceil(chip + text + more) + 2, height: height + 2, chip, size };
}

/** White pill with the area's colour block, its households and, out of band, its signed deviation. */
export function drawTag(face: TagFace): ImageData {
  const { width, height, chip, size } = tagSize(face);
  return canvas(width, height, (g) => {
    const w = width - 2;
    const h = height - 2;
    g.beginPath();
    g.roundRect(1, 1, w, h, 4);
    g.fillStyle = '#ffffff';
    g.fill();
    g.save();
    g.clip();
    g.fillStyle = face.colour;
    g.fillRect(0, 0, chip + 1, h + 2);
    g.restore();
    g.lineWidth = face.selected ? 2 : 1;
    g.strokeStyle = '#1d2a2f';
    g.stroke();
    g.textBaseline = 'middle';
    const middle = height / 2 + 0.5;
    g.textAlign = 'center';
    g.font = `700 ${size}px ${FONTS}`;
    g.fillStyle = face.ink;
    g.fillText(face.label, 1 + chip / 2, middle);
    if (!face.text) return;
    g.textAlign = 'left';
    const tint = face.deviation ? (face.over ? '#7d480c' : '#015c54') : '#1d2a2f';
    g.fillStyle = tint;
    g.font = `${face.deviation ? 700 : 400} ${size - 1}px ${FONTS}`;
    g.fillText(face.text, chip + 7, middle);
    if (face.deviation) {
      g.font = `700 ${size - 1}px ${FONTS}`;
      g.fillText(face.deviation, chip + 7 + measure(face.text, `700 ${size - 1}px ${FONTS}`) + 5, middle);
    }
  });
}

/** Adds the hatches, once for each style; tags are added as they are asked for. */
export function addPatterns(map: GlMap): void {
  const images: Record<string, ImageData> = {
    'hachure-over': hachure('#8c510a', true),
    'hachure-under': hachure('#01665e', false),
    'hatch-over': stripes('rgba(84,48,5,.5)', 1.2, null),
    'hatch-under': dots('rgba(0,60,50,.65)'),
    unassigned: stripes('#b86e00', 2, '#ffffff'),
    unknown: dots('#8a8172'),
    locked: dots('rgba(29,42,47,.75)'),
    gate: gate(),
    'heat-few': few(),
    ...Object.fromEntries((['unassigned', 'unstaffed', 'unvisited', 'too_far'] as const).map((reason) => [`gap-${reason}`, gap(reason)])),
    'heat-unplaced': diamond(),
    ...Object.fromEntries(([90, 95, 99] as const).flatMap((level) => [[`heat-hot-${level}`, hotSpot('#a3281b', level)], [`heat-cold-${level}`, hotSpot('#01665e', level)]])),
  };
  for (const [name, image] of Object.entries(images)) map.addImage(name, image, { pixelRatio: RATIO });
}

/** Adds the image of a tag once and gives its name. */
export function tagImage(map: GlMap, face: TagFace): string {
  const name = `tag/${face.label}/${face.colour}/${face.text}/${face.deviation}/${face.selected ? 1 : 0}${face.large ? 1 : 0}`;
  if (!map.hasImage(name)) map.addImage(name, drawTag(face), { pixelRatio: RATIO });
  return name;
}
