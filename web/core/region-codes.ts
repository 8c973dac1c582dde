// Codes of communities: the next one that is free in a street. Nothing is guessed from names.

/** The lowest free code of a community in a street, `''` when there is none; 12 digits, the last three count from 001. */
export function freeCode(taken: readonly string[], street: string): string {
  if (!/^\d{12}$/.test(street)) return '';
  const known = new Set(taken);
  for (let n = 1; n < 1000; n += 1) {
    const code = street.slice(0, 9) + n.toString().padStart(3, '0');
    if (!known.has(code)) return code;
  }
  return '';
}
