/** Pages of the ready experiments, and their index: what each shows, computed from its results. */
import { findingsOf } from '../../experiments/ready/findings/index.js';
import { type Evidence, MARGIN } from '../../experiments/ready/method/evidence.js';
import { methodText } from '../../experiments/ready/method/words.js';
import type { SweepSummary } from '../../experiments/sweep/types.js';
import { drawSweepFigures } from '../sweep/drawFigures.js';
import { renderSweepMarkdown } from '../sweep/sweepMarkdown.js';
import { photonBudgetFigure } from './photonBudgetFigure.js';
import { screeningFigure } from './screeningFigure.js';

/** An experiment on MNIST, and its smaller form on CIFAR-10 where there is one. */
export interface ExperimentResults {
  readonly name: string;
  readonly mnist: Evidence;
  readonly cifar10: Evidence | null;
}

export interface ExperimentPage {
  readonly markdown: string;
  /** Beside the page, under figures/. */
  readonly figures: readonly { readonly file: string; readonly svg: string }[];
}

/** The one line of a page that another run of the same experiment would change. */
const WRITTEN = /^\| manifest written \|.*\n/m;

function section(name: string, summary: Evidence): string {
  const shows = [...(findingsOf(name)?.all(summary) ?? []), methodText(summary.margin)];
  return renderSweepMarkdown(summary, { figuresFolder: 'figures', shows }).replace(WRITTEN, '');
}

/** Headings one level lower. */
const lowered = (markdown: string) => markdown.replace(/^#/gm, '##');

/** Figures of one experiment alone. */
const OWN_FIGURES: Readonly<Record<string, { readonly title: string; readonly draw: (of: SweepSummary) => string }>> = {
  'photon-budget': { title: 'Beside the published simulation and measurement', draw: photonBudgetFigure },
  screening: { title: 'Correlation of every parameter with bits and accuracy', draw: screeningFigure },
};

export function experimentPage({ name, mnist, cifar10 }: ExperimentResults): ExperimentPage {
  const own = OWN_FIGURES[name];
  const summaries = cifar10 ? [mnist, cifar10] : [mnist];
  const main = section(name, mnist);
  const image = own ? `## ${own.title}\n\n![${own.title}](figures/${name}.svg)\n\n` : '';
  const at = main.indexOf('## ', main.indexOf('## What it shows') + 1);
  const parts = [main.slice(0, at) + image + main.slice(at), ...(cifar10 ? [lowered(section(name, cifar10))] : [])];
  return {
    markdown: parts.join('\n'),
    figures: [
      ...(own ? [{ file: `${name}.svg`, svg: own.draw(mnist) }] : []),
      ...summaries.flatMap((summary) =>
        drawSweepFigures(summary).figures.map((figure) => ({ file: `${figure.name}.svg`, svg: figure.svg })),
      ),
    ],
  };
}

const trialsOf = ({ points }: SweepSummary) => points.reduce((sum, { trials }) => sum + trials, 0);

/** README.md of the pages. */
export function experimentIndex(results: readonly ExperimentResults[]): string {
  const lines = results.map(({ name, mnist, cifar10 }) => {
    const headline = (summary: Evidence) => findingsOf(name)?.headline(summary) ?? '';
    return `| [${mnist.manifest.title}](${name}.md) | ${headline(mnist)} | ${cifar10 ? headline(cifar10) : ''} |`;
  });
  const all = results.flatMap(({ mnist, cifar10 }) => (cifar10 ? [mnist, cifar10] : [mnist]));
  const points = all.reduce((sum, summary) => sum + summary.points.length, 0);
  const trials = all.reduce((sum, summary) => sum + trialsOf(summary), 0);
  return `# Experiments

Sweeps that papers on photonic and other analog accelerators customarily show, run on the emulated SONIC: what each varies and
where the habit comes from is on its page and in its plan (\`examples/experiments/NAME.yaml\`).

    sonic experiment list
    sonic experiment run adc-bits
    sonic experiment run adc-bits --refine --report adc-bits.html

Written by \`node scripts/experiments.mjs\` from ${trials} trials at ${points} points, fidelity \`exact\`: noise and ADC of every partial
sum. Every number below, and every sentence with one on the pages, is computed from the results.

${methodText(results[0]?.mnist.margin ?? MARGIN)} [docs/sweeps.md](../sweeps.md#findings) has the method.

| experiment | MNIST | CIFAR-10 |
| --- | --- | --- |
${lines.join('\n')}
`;
}
