/** Queries that show what can be asked; `sonic results --help` prints them. */
export const EXAMPLE_QUERIES: readonly { readonly what: string; readonly sql: string }[] = [
  {
    what: 'accuracy and energy against the bits of the ADC',
    sql: 'SELECT "adc.bits" AS bits, count(*) AS trials, avg(emulated) AS accuracy, avg(energy_J) AS energy_J FROM trials GROUP BY bits ORDER BY bits',
  },
  {
    what: 'layers by their precision, with the share of conversions that clip',
    sql: 'SELECT network, name, avg(effective_bits) AS bits, sum(clipped_conversions) / sum(partial_sums) AS clipped FROM layers JOIN trials USING (key) GROUP BY network, name ORDER BY bits',
  },
  {
    what: 'where the energy goes at each point of a sweep',
    sql: 'SELECT sweep, point, axis_values, device, avg(energy_J) AS energy_J FROM sweep_points JOIN devices USING (key) GROUP BY ALL HAVING avg(energy_J) > 0 ORDER BY sweep, point, energy_J DESC',
  },
];
