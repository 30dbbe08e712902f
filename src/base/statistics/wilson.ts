/** Interval of a share that was counted. */

/** Two-sided 95 % quantile of the standard normal. */
export const Z95 = 1.959963984540054;

/**
 * Wilson score interval of `hits` among `total` at 95 % (Wilson, JASA 22, 1927); [0, 1] where nothing was counted. Neither
 * needs to be whole: of a sample that was not drawn independently `total` is how many independent ones it is worth.
 */
export function wilsonInterval95(hits: number, total: number): [number, number] {
  if (total === 0) return [0, 1];
  const share = hits / total;
  const z2 = Z95 * Z95;
  const centre = (share + z2 / (2 * total)) / (1 + z2 / total);
  const half = (Z95 / (1 + z2 / total)) * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total * total));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
