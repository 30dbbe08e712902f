/** Reports as files. */
import { join } from 'node:path';
import { makeOutputFolder, writeFileAtomic } from '../../base/files.js';
import { writeFigure } from '../kit/figures/writeFigure.js';
import type { ReportFigure } from '../kit/reportFigure.js';
import type { Report } from './buildReport.js';

/**
 * SVG and PNG of each figure, in a folder that is made where it is not there.
 * @returns the files.
 * @throws SonicError where the folder cannot be made or written.
 */
async function writeFigures(folder: string, figures: readonly ReportFigure[]): Promise<string[]> {
  await makeOutputFolder(folder);
  const files: string[] = [];
  for (const { name, svg } of figures) {
    for (const format of ['svg', 'png']) {
      const file = join(folder, `${name}.${format}`);
      await writeFigure(file, svg);
      files.push(file);
    }
  }
  return files;
}

/** The page, whole or not at all, after its figures where a folder is given. */
export async function writeReport(report: Report, output: string, folder?: string): Promise<void> {
  if (folder !== undefined) await writeFigures(folder, report.figures);
  await writeFileAtomic(output, report.html);
}
