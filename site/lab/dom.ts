/** Small helpers for the page's elements. */
import type { Column } from '#sonic/report/kit/table.js';

export const element = <T extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as T;

export function setText(id: string, content: string): void {
  element(id).textContent = content;
}

/** An element with its children. */
export function made<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  ...children: readonly (string | Node)[]
): HTMLElementTagNameMap[K] {
  const own = document.createElement(tag);
  own.append(...children);
  return own;
}

/** A table of texts and elements; the first cell of each row names it. */
export function tableOf(caption: string, titles: readonly string[], rows: readonly (readonly (string | Node)[])[]) {
  const heads = titles.map((title) => {
    const head = made('th', title);
    head.scope = 'col';
    return head;
  });
  const lines = rows.map(([name = '', ...cells]) => {
    const head = made('th', name);
    head.scope = 'row';
    return made('tr', head, ...cells.map((cell) => made('td', cell)));
  });
  const table = made('table', made('caption', caption), made('thead', made('tr', ...heads)), made('tbody', ...lines));
  // Wide tables scroll by themselves, by keyboard too.
  const box = made('div', table);
  box.className = 'scroll';
  box.tabIndex = 0;
  box.setAttribute('role', 'region');
  box.setAttribute('aria-label', caption);
  return box;
}

/** A table of the reports. */
export const reportTable = <Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]) =>
  tableOf(
    caption,
    columns.map(({ title }) => title),
    rows.map((row) => columns.map(({ value }) => value(row))),
  );

/** A figure of the reports, which brings its own white ground. */
export function pictureOf(svg: string, alt: string): HTMLImageElement {
  const image = document.createElement('img');
  image.alt = alt;
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  return image;
}

/** Has the browser save a file. */
export function save(name: string, content: string | ArrayBuffer, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
