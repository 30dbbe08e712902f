/** What is to be run, and what has been. */
import type { Program } from '#sonic/emulation/program/types.js';
import type { Network } from '#sonic/networks/types.js';
import type { Images } from './data.js';
import type { BatchReply, PageBackend } from './messages.js';

/** Goes on where it was stopped. */
export interface Work {
  readonly network: Network;
  readonly program: Program;
  readonly data: Images;
  readonly count: number;
  readonly backend: PageBackend;
  /** By batch. */
  readonly replies: BatchReply[];
}

/** Images that have been run. */
export const countDone = ({ replies }: Work): number =>
  replies.reduce((sum, reply) => sum + (reply?.runs.length ?? 0), 0);

/** Of the first images, whatever thread was faster: all batches up to the first that is missing. */
export function wholeOf({ replies }: Work): BatchReply[] {
  let last = 0;
  while (replies[last]) last++;
  return replies.slice(0, last);
}
