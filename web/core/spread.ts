// Pushes labels apart on the screen so that none is hidden. Deterministic; no map, no DOM.

export interface Box {
  /** Wanted centre, pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Shifts [dx, dy] for every box; boxes move no further than `reach` pixels. */
export function spread(boxes: readonly Box[], reach = 60, rounds = 40): [number, number][] {
  const at = boxes.map((box) => [box.x, box.y] as [number, number]);
  for (let round = 0; round < rounds; round += 1) {
    let moved = false;
    for (let i = 0; i < boxes.length; i += 1) {
      for (let j = i + 1; j < boxes.length; j += 1) {
        const a = at[i]!;
        const b = at[j]!;
        const overX = (boxes[i]!.width + boxes[j]!.width) / 2 - Math.abs(b[0] - a[0]);
        if (overX <= 0) continue;
        const overY = (boxes[i]!.height + boxes[j]!.height) / 2 - Math.abs(b[1] - a[1]);
        if (overY <= 0) continue;
        const axis = overY <= overX ? 1 : 0;
        const step = (axis === 1 ? overY : overX) / 2 + 0.01;
        const sign = b[axis]! >= a[axis]! ? 1 : -1;
        a[axis]! -= step * sign;
        b[axis]! += step * sign;
        moved = true;
      }
    }
    if (!moved) break;
  }
  return at.map(([x, y], i) => {
    const dx = x - boxes[i]!.x;
    const dy = y - boxes[i]!.y;
    const far = Math.hypot(dx, dy);
    const keep = far > reach ? reach / far : 1;
    return [dx * keep, dy * keep];
  });
}
