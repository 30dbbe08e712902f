/**
 * Where the figures of a Markdown page come from. A comment before a fenced block, a table or a paragraph says so:
 *   <!-- output of: COMMAND -->                       the block is what the command prints
 *   <!-- output of: COMMAND | part: 2 | skip: 1 -->   its second part, parts being separated by empty lines, without a line
 *   <!-- output of: COMMAND | except: wall time -->   lines that begin so differ from run to run
 *   <!-- output of: COMMAND | not rerun: WHY -->      only with --all
 *   <!-- source: TEXT -->                             measured by hand, from a paper, on a machine: the text says how
 * A page that its command writes has the marker, with its own path in the command, below the title.
 */
const MARKER = /^<!-- (output of|source): (.+?) -->$/;
const KEYS = ['part', 'skip', 'except', 'not rerun'];
const NUMBERS = ['part', 'skip'];

/** Fenced blocks of these languages are input or programs, no figures. */
const PROGRAMS = ['yaml', 'json', 'js', 'ts', 'sh', 'python'];
const COMMAND = /^(#|npm |npx |sonic |node |\$ |$)/;
/** A cell that is a figure: 99.05 %, 4.3 ms an image, 1,501 to 1,637, -0.05. */
const FIGURE = /^\**[~<+-]?\d[\d.,]*(e[+-]?\d+)?( |$|-\d|%|\*)/;
/** Times and sizes of memory in running text: what a machine measured, not a period or a limit that is set. */
const MEASURED = /(?<!(every|after|within|at most) [\d.,]*)\d ?(ns|us|ms|s|min|minutes|MiB|GiB|images\/s)\b/;

/** @throws Error naming page and line of a marker that is written wrongly. */
function parseMarker(line, place) {
  const match = MARKER.exec(line);
  if (!match) return null;
  const [, kind, body] = match;
  if (kind === 'source') return { kind, text: body };
  const [command, ...options] = body.split(' | ');
  const marker = { kind: 'output', command: command.trim() };
  for (const option of options) {
    const [, key, value] = /^([a-z ]+): (.+)$/.exec(option.trim()) ?? [];
    if (!KEYS.includes(key))
      throw new Error(`${place}: unknown option '${option}' of a marker; known: ${KEYS.join(', ')}`);
    marker[key === 'not rerun' ? 'notRerun' : key] = NUMBERS.includes(key) ? Number(value) : value;
  }
  for (const key of NUMBERS)
    if (key in marker && !(Number.isInteger(marker[key]) && marker[key] >= 1))
      throw new Error(`${place}: ${key} is no whole number from 1`);
  return marker;
}

const cellsOf = (row) =>
  row
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());

/** A table has figures where a third of its rows have one behind their first cell. */
function tableHasFigures(lines) {
  const rows = lines.slice(2).map((line) => cellsOf(line).slice(1));
  return rows.filter((row) => row.some((cell) => FIGURE.test(cell))).length * 3 >= rows.length;
}

/**
 * Blocks of a page in order.
 * @returns {kind: 'fence' | 'table' | 'prose' | 'heading', first, last, marker, needsMarker}: lines from 0, both included, of
 *   the block's content (a fence without its fences).
 */
export function pageBlocks(text, page) {
  const lines = text.split('\n');
  const blocks = [];
  let marker = null;
  let markerLine = -1;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line.trim() === '') continue;
    if (/^<!-- (output|source|command)/.test(line)) {
      if (marker) throw new Error(`${page}:${markerLine + 1}: the marker stands before no block`);
      marker = parseMarker(line, `${page}:${i + 1}`);
      if (!marker)
        throw new Error(`${page}:${i + 1}: no marker: write '<!-- output of: COMMAND -->' or '<!-- source: TEXT -->'`);
      markerLine = i;
      continue;
    }
    const fence = /^(`{3,})(\w*)/.exec(line);
    if (fence) {
      let end = i + 1;
      while (end < lines.length && !lines[end].startsWith(fence[1])) end++;
      const content = lines.slice(i + 1, end);
      const needsMarker = !PROGRAMS.includes(fence[2]) && !content.every((one) => COMMAND.test(one));
      blocks.push({ kind: 'fence', first: i + 1, last: end - 1, marker, needsMarker });
      i = end;
    } else if (/^#+ /.test(line)) {
      blocks.push({ kind: 'heading', first: i, last: i, marker: null, needsMarker: false });
      continue;
    } else {
      let end = i;
      const isTable = line.startsWith('|');
      const goesOn = (one) => one.trim() !== '' && !one.startsWith('<!-- ') && one.startsWith('|') === isTable;
      while (end + 1 < lines.length && goesOn(lines[end + 1]) && !/^(```|#+ )/.test(lines[end + 1])) end++;
      const content = lines.slice(i, end + 1);
      blocks.push({
        kind: isTable ? 'table' : 'prose',
        first: i,
        last: end,
        marker,
        needsMarker: isTable && tableHasFigures(content),
        measured: !isTable && MEASURED.test(content.join(' ').replace(/`[^`]*`/g, '')),
      });
      i = end;
    }
    marker = null;
  }
  if (marker) throw new Error(`${page}:${markerLine + 1}: the marker stands before no block`);
  return blocks;
}

/** The marker of a page that its command writes whole; null where it is written by hand. */
export function pageMarker(text, page) {
  for (const line of text.split('\n').slice(0, 6)) {
    const marker = parseMarker(line, page);
    if (marker?.kind === 'output' && marker.command.split(/\s+/).includes(page)) return marker;
  }
  return null;
}

/**
 * What has figures and does not say where from, one line each: blocks without a marker, and sections whose text has times or
 * sizes of memory and neither a marker nor a command.
 */
export function withoutSource(text, page) {
  if (pageMarker(text, page)) return [];
  const lines = text.split('\n');
  const blocks = pageBlocks(text, page);
  const missing = blocks
    .filter(({ needsMarker, marker }) => needsMarker && !marker)
    .map(
      ({ kind, first }) => `${page}:${first + 1}: a ${kind === 'fence' ? 'block' : kind} of figures without a marker`,
    );
  let section = [];
  const close = () => {
    const figure = section.find(({ measured }) => measured);
    const content = section.map(({ first, last }) => lines.slice(first, last + 1).join('\n')).join('\n');
    const says =
      section.some(({ marker }) => marker) || /(`|^ {4})(npm |npx |sonic |node |\/usr\/bin\/time )/m.test(content);
    if (figure && !says)
      missing.push(`${page}:${figure.first + 1}: measured figures in a section without marker or command`);
    section = [];
  };
  for (const block of blocks) {
    if (block.kind === 'heading') close();
    else section.push(block);
  }
  close();
  return missing;
}
