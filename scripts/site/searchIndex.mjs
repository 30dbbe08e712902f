/** The index that the documentation's pages search, made when the site is built. */
import MiniSearch from 'minisearch';

/** What site/search/main.ts reads the index with. */
export const SEARCH_OPTIONS = { fields: ['title', 'text'], storeFields: ['title', 'page', 'path'] };

/** The anchor of a heading. */
export const slugOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/\s/g, '-');

/** A page cut at its headings: what a result leads to is the section, not the page. */
export function sectionsOf({ path, title, text }) {
  const sections = [{ title, anchor: '', lines: [] }];
  let isCode = false;
  for (const line of text.replace(/<!--[\s\S]*?-->/g, '').split('\n')) {
    if (line.startsWith('```')) isCode = !isCode;
    const heading = isCode ? null : /^#{2,4} (.+)$/.exec(line);
    if (heading) sections.push({ title: heading[1].replace(/[`*]/g, ''), anchor: `#${slugOf(heading[1])}`, lines: [] });
    else sections.at(-1).lines.push(line);
  }
  return sections.map(({ title: own, anchor, lines }) => ({
    id: path + anchor,
    page: title,
    title: own,
    path: path.replace(/\.md$/, '.html') + anchor,
    // Links and marks are no words.
    text: lines
      .join(' ')
      .replace(/\]\([^)]*\)/g, '] ')
      .replace(/[`*|[\]#-]+/g, ' '),
  }));
}

/** @returns the index as JSON. */
export function searchIndex(pages) {
  const index = new MiniSearch(SEARCH_OPTIONS);
  const seen = new Set();
  for (const section of pages.flatMap(sectionsOf)) {
    if (seen.has(section.id)) continue;
    seen.add(section.id);
    index.add(section);
  }
  return JSON.stringify(index);
}
