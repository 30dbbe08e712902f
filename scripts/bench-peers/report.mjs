/** The table of the comparison. */
import { renderTable } from '../../dist/report/kit/table.js';

const NOISE = {
  none: 'none',
  sum: 'a normal a partial sum',
  device: 'a normal a device and read',
  all: 'all effects of preset sonic',
  digital: '(float32)',
};

const number = (value, digits) => (value === undefined || value === null ? '' : value.toPrecision(digits));

/** ns a partial sum of every own one; others drop no zeros, so theirs are the dense ones. */
function perSum({ msPerImage, noise, densePartialSums, partialSums }, own) {
  if (msPerImage === undefined || noise === 'digital') return '';
  const sums = own ? (partialSums ?? densePartialSums) : densePartialSums;
  return number((1e6 * msPerImage) / sums, 3);
}

/** Rows of main.mjs as text: figures, and below them what could not be run. */
export function renderPeers(rows) {
  const ran = rows.filter(({ failure }) => failure === undefined);
  const right = { align: 'right' };
  const table = renderTable(ran, {
    columns: [
      { title: 'network', value: ({ network }) => network },
      { title: 'tool', value: ({ tool, version }) => (version ? `${tool} (${version})` : tool) },
      { title: 'noise', value: ({ noise }) => NOISE[noise] },
      { title: 'ms/image', ...right, value: ({ msPerImage }) => number(msPerImage, 3) },
      { title: 'ns/dense sum', ...right, value: (row) => perSum(row, false) },
      { title: 'ns/own sum', ...right, value: (row) => perSum(row, true) },
      { title: 'accuracy', ...right, value: ({ accuracy }) => `${(100 * accuracy).toFixed(2)} %` },
      { title: 'deviation', ...right, value: ({ deviation }) => deviation.toExponential(1) },
      { title: 'peak MiB', ...right, value: ({ peakMemory_MiB }) => peakMemory_MiB.toFixed(0) },
    ],
  });
  const failed = rows.filter(({ failure }) => failure !== undefined);
  const failures = failed.map(
    ({ network, tool, noise, failure }) => `not run: ${tool}, ${network}, noise ${noise}: ${failure}`,
  );
  const notes = [
    'Processor time on one thread, median of batches. A dense sum is one conversion where no zero is dropped; ours drops them.',
    'Deviation: of the first batch from the same network in float64 without noise, root mean square over the spread of the logits.',
  ];
  return [table, '', ...notes, ...(failures.length > 0 ? ['', ...failures] : [])].join('\n');
}
