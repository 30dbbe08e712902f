/** Descriptions from plans: Markdown without anything that could reach out of the page or into it. */
import MarkdownIt from 'markdown-it';
import { withoutControls } from '../../../base/text/escape.js';

// Raw HTML is shown as text; images would be loaded from elsewhere; headings would disturb the report's own.
const markdown = new MarkdownIt('commonmark', { html: false }).disable([
  'image',
  'heading',
  'lheading',
  'html_block',
  'html_inline',
]);

/** Paragraphs, emphasis, code, lists, quotes and links as HTML; javascript: and the like are no links. */
export function markdownHtml(source: string): string {
  return markdown.render(withoutControls(source)).replaceAll('<a href=', '<a rel="noopener noreferrer" href=');
}
