/** Figures as files. */
import { extname } from 'node:path';
import { SonicError, UsageError } from '../../../base/errors.js';
import { writeFileAtomic } from '../../../base/files.js';

export type FigureFormat = 'svg' | 'png' | 'html';

/** Pixels of a PNG per pixel of the figure: readable on dense screens and in print. */
const PNG_SCALE = 2;

/**
 * Format that the name of a file asks for.
 * @throws UsageError unless it ends in .svg, .png or .html.
 */
export function figureFormat(path: string): FigureFormat {
  const extension = extname(path).toLowerCase();
  if (['.svg', '.png', '.html'].includes(extension)) return extension.slice(1) as FigureFormat;
  throw new UsageError(
    `cannot write a figure to '${path}': ${extension ? `'${extension}' is not a format it knows` : 'its name has no ending'}; end it in .svg, .png or .html`,
  );
}

/** An SVG as a page of its own, to open in a browser or to paste into another page. */
function htmlOf(svg: string): string {
  const inline = svg.replace(/^<\?xml[^>]*\?>\s*/, '');
  return `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>sonic</title>\n<body>\n${inline}\n</body>\n</html>\n`;
}

/** An SVG as PNG. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp').catch((error: unknown) => {
    const why = (error as Error).message.split('\n').find((line) => line.trim() !== '') ?? 'no reason given';
    throw new SonicError(`cannot draw PNG: the package 'sharp' does not load here (${why}); write .svg instead`, {
      cause: error,
    });
  });
  const density = 72 * PNG_SCALE;
  return new Uint8Array(await sharp(Buffer.from(svg), { density }).png().toBuffer());
}

/**
 * Writes an SVG as the file's ending says, whole or not at all.
 * @throws UsageError for another ending than .svg, .png or .html; SonicError if the file cannot be written.
 */
export async function writeFigure(path: string, svg: string): Promise<void> {
  const format = figureFormat(path);
  await writeFileAtomic(path, format === 'png' ? await pngOf(svg) : format === 'html' ? htmlOf(svg) : svg);
}
