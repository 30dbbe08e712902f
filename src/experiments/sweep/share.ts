/** A share as people write it. */

/** 0.002, '0.002' or '0.2%' as a share above 0 and below 1; null for anything else. */
export function parseShare(value: string | number): number | null {
  const match = /^\s*(\d*\.?\d+(?:e[+-]?\d+)?)\s*(%?)\s*$/i.exec(String(value));
  if (!match) return null;
  const share = match[2] === '%' ? Number(match[1]) / 100 : Number(match[1]);
  return share > 0 && share < 1 ? share : null;
}
