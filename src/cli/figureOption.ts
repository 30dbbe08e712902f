/** `--figure`, for every command that draws. */
import { InvalidArgumentError, Option } from 'commander';

/** Refuses another ending before any work is done. */
function figurePath(path: string): string {
  if (!/\.(svg|png|html)$/i.test(path)) throw new InvalidArgumentError('It must end in .svg, .png or .html.');
  return path;
}

export const figureOption = () =>
  new Option('--figure <FILE>', 'draw the figure: .svg, .png or .html').argParser(figurePath);
