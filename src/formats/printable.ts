/** Text from a file in messages: as everywhere. */
export { printable, printableValue } from '../printable.js';
