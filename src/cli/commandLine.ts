/** The command as it was given, passwords of addresses aside, for what records how it was made. */
export function commandLine(): string {
  const quote = (text: string) => (/^[\w./=,:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const shown = (text: string) => text.replace(/(\w+:\/\/)[^\s/@]*@/, '$1');
  return ['sonic', ...process.argv.slice(2)].map((text) => quote(shown(text))).join(' ');
}
