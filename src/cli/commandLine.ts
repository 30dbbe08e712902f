/** The command as it was given, for what records how it was made. */
export function commandLine(): string {
  const quote = (text: string) => (/^[\w./=,:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  return ['sonic', ...process.argv.slice(2)].map(quote).join(' ');
}
