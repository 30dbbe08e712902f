/** What the benchmark of the site prints. */
import { renderTable } from '../../dist/report/kit/table.js';

/** Targets of the lab: a change is seen at once, and a browser costs little. */
export const RECOMPILE_ms = 300;
export const LEAST_RATIO = 0.8;

export function renderSite({ absent, browser, recompiled, images, threads, rates }) {
  if (absent) return `not measured: ${absent}`;
  const right = { align: 'right' };
  const digits = (value) => Number(value.toPrecision(3)).toString();
  const table = renderTable(recompiled, {
    columns: [
      { title: 'MNIST recompiled after a change of', value: ({ path }) => path },
      { title: 'to the first image, ms', ...right, value: ({ wall_ms }) => wall_ms.toFixed(0) },
      { title: 'in Node, ms', ...right, value: ({ node_ms }) => node_ms.toFixed(0) },
      {
        title: 'processor of page and busiest worker, ms',
        ...right,
        value: ({ critical_ms }) => (critical_ms === null ? 'not known' : critical_ms.toFixed(0)),
      },
      { title: 'processor, ms', ...right, value: ({ processor_ms }) => processor_ms.toFixed(0) },
      {
        title: `within ${RECOMPILE_ms} ms`,
        value: ({ wall_ms }) => (wall_ms <= RECOMPILE_ms ? 'met' : 'missed'),
      },
    ],
  });
  const { lab, commandLine, ratio } = rates;
  const verdict = ratio >= LEAST_RATIO ? 'met' : 'missed';
  return [
    table,
    '',
    `MNIST, ${images} images, ${threads} threads: lab ${digits(lab)} images/s, command line ${digits(commandLine)} images/s, ` +
      `ratio ${digits(ratio)} (at least ${LEAST_RATIO}: ${verdict})`,
    `Chromium ${browser}`,
  ].join('\n');
}
