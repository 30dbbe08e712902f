/** A report as one page that needs nothing else: no other file, no network, no script to be read. */
import { createHash } from 'node:crypto';
import { packageVersion } from '../../../base/versions.js';
import { text } from './html.js';
import { STYLE } from './htmlStyle.js';
import { SCRIPT } from './script.js';

/** A part of a report with its anchor. */
export interface Section {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  /** HTML below the heading. */
  readonly body: string;
}

const hashOf = (content: string) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;

/** Nothing may be loaded, and only this page's own script may run: what a name could smuggle in would do nothing. */
const POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** A heading that only repeats the page's is there for the outline alone. */
function sectionHtml({ id, title, body }: Section, pageTitle: string): string {
  return `<section id="${id}"><h2${title === pageTitle ? ' class="unseen"' : ''}>${text(title)}</h2>\n${body}\n</section>`;
}

/** The page; sections have a list of contents where there are several. */
export function reportPage(title: string, sections: readonly Section[]): string {
  const contents =
    sections.length < 2
      ? ''
      : `<nav aria-label="Contents"><ul>${sections.map((section) => `<li><a href="#${section.id}">${text(section.title)}</a></li>`).join('')}</ul></nav>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="generator" content="sonic ${text(packageVersion())}">
<title>${text(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header><h1>${text(title)}</h1></header>
<main>
${contents}
${sections.map((section) => sectionHtml(section, title)).join('\n')}
</main>
<footer>Written by sonic ${text(packageVersion())}.</footer>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
