/** The pages of docs/ as HTML below site/dist/docs, with navigation and their figures. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import MarkdownIt from 'markdown-it';
import { searchIndex, slugOf } from './searchIndex.mjs';

const escapeHtml = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
const htmlOf = (path) => path.replace(/\.md$/, '.html');
const titleOf = (text, path) => /^# (.+)$/m.exec(text)?.[1].replace(/[`*]/g, '') ?? path;

/** Links to other pages of docs/ go to their HTML; those to files that are not on the site stay as their text. */
function render(text, path, isOnSite) {
  // Markers of generated parts are comments, which a page without HTML would show.
  const md = new MarkdownIt({ html: false, linkify: false });
  const tokens = md.parse(text.replace(/<!--[\s\S]*?-->/g, ''), {});
  for (const { children } of tokens) {
    const open = [];
    for (const token of children ?? []) {
      if (token.type === 'link_close' && open.pop() === false) token.tag = 'span';
      if (token.type !== 'link_open') continue;
      const [target, anchor] = token.attrGet('href').split('#');
      const isLocal = target !== '' && !/^[a-z]+:/.test(target);
      const isKept = !isLocal || isOnSite(posix.join(posix.dirname(path), target));
      open.push(isKept);
      if (!isKept) Object.assign(token, { tag: 'span', attrs: [] });
      else if (isLocal) token.attrSet('href', htmlOf(target) + (anchor ? `#${anchor}` : ''));
    }
  }
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i].type !== 'heading_open') continue;
    tokens[i].attrSet('id', slugOf(tokens[i + 1].content));
  }
  return md.renderer.render(tokens, md.options, {});
}

/** Folders of docs/, as the list of pages has them. */
const GROUPS = [
  { name: 'Guides and reference', folder: '.' },
  { name: 'Experiments', folder: 'experiments' },
  { name: 'Decisions', folder: 'decisions' },
];

function page(path, title, body, pages) {
  const up = '../'.repeat(path.split('/').length);
  const own = '../'.repeat(path.split('/').length - 1) || './';
  const linkTo = ({ path: other, title: name }) => {
    const current = other === path ? ' aria-current="page"' : '';
    return `<li><a href="${own}${htmlOf(other)}"${current}>${escapeHtml(name)}</a></li>`;
  };
  const groups = GROUPS.map(({ name, folder }) => {
    const members = pages.filter(({ path: other }) => posix.dirname(other) === folder);
    return `<div><h3>${name}</h3><ul>${members.map(linkTo).join('')}</ul></div>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="${up}style.css"><title>${escapeHtml(title)} - sonic-photonics</title></head>
<body><nav aria-label="Site"><a href="${up}index.html">Lab</a><a href="${own}index.html">Documentation</a>
<a href="${own}replication.html">Replication</a><a href="${own}experiments/README.html">Experiments</a><a href="${up}api/index.html">API</a></nav>
<search><label for="search">Search the documentation</label> <input id="search" type="search" data-docs="${own}" autocomplete="off">
<ul id="found" aria-live="polite"></ul></search>
<main>${body}</main><h2>All pages</h2><nav aria-label="Documentation">${groups.join('')}</nav><script type="module" src="${up}search.js"></script></body></html>
`;
}

/** Writes all pages. */
export function writeDocs(docs, out, css) {
  const names = readdirSync(docs, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  const pages = names
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(docs, path), 'utf8');
      return { path, text, title: titleOf(text, path) };
    });
  const lost = pages.find(({ path }) => !GROUPS.some(({ folder }) => folder === posix.dirname(path)));
  if (lost)
    throw new Error(`docs/${lost.path}: its folder has no heading in the list of pages (scripts/site/docs.mjs)`);
  const isOnSite = (path) => !path.startsWith('..') && existsSync(join(docs, path)) && /\.(md|svg|png)$/.test(path);
  const write = (path, html) => {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), html);
  };
  for (const { path, text, title } of pages) {
    write(htmlOf(path), page(path, title, render(text, path, isOnSite), pages));
  }
  write('index.md'.replace('.md', '.html'), page('index.md', 'Documentation', '<h1>Documentation</h1>', pages));
  for (const name of names.filter((one) => /\.(svg|png)$/.test(one))) {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    cpSync(join(docs, name), join(out, name));
  }
  writeFileSync(join(out, 'search.json'), searchIndex(pages));
  cpSync(css, join(out, '..', 'style.css'));
}
