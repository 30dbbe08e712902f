/**
 * The receiver's measured noise: its standard deviation at a sum without noise, in linear pieces. The host writes the number
 * of rows and then three arrays of rows + 1 float32, all in steps: where a piece begins, its deviation there, its slope.
 * Piece 0 is what lies below the first row.
 */

/** Adds the table's variances to the 16 at `block` + 64, at the 16 signals at `block`, which are `scale` steps each. */
export function addTable(table: usize, block: usize, scale: f32): void {
  const rows = load<u32>(table);
  const plane: usize = 4 * (<usize>rows + 1);
  const from = table + 4;
  for (const end = block + 64; block < end; block += 4) {
    const x = load<f32>(block) * scale;
    let low: u32 = 0, high = rows;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (load<f32>(from + 4 * <usize>middle, 4) <= x) low = middle + 1;
      else high = middle;
    }
    const piece = from + 4 * <usize>low;
    const sigma = load<f32>(piece + plane) + load<f32>(piece + 2 * plane) * (x - load<f32>(piece));
    store<f32>(block, load<f32>(block, 64) + sigma * sigma, 64);
  }
}
