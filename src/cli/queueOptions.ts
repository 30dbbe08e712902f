/** Options of the queue that `sonic sweep` and `sonic worker` share. */
import { Option } from 'commander';

export const queueOption = (meaning: string) =>
  new Option('--queue <URL>', `${meaning}: redis://[:PASSWORD@]HOST[:PORT][/DB]`).env('SONIC_QUEUE');
export const queueNameOption = () =>
  new Option('--queue-name <NAME>', "name of the queue (default: after the store's id)");
