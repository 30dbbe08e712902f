/** SVG documents taken apart: what a viewer would see. */
import { DOMParser } from 'linkedom';

type Element = ReturnType<typeof parseSvg>;

/** @throws Error unless the text is one SVG element in its namespace. */
export function parseSvg(text: string) {
  const root = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement!;
  if (root.nodeName !== 'svg' || root.getAttribute('xmlns') !== 'http://www.w3.org/2000/svg') {
    throw new Error(`not an SVG document: ${text.slice(0, 80)}`);
  }
  return root;
}

/** Elements that match, in document order. */
export function all(root: Element, selector: string): Element[] {
  return [...root.querySelectorAll(selector)] as unknown as Element[];
}

/** Every text, in document order. */
export function texts(root: Element): string[] {
  return all(root, 'text').map(({ textContent }) => textContent ?? '');
}

/** A numeric attribute. */
export function attribute(element: Element, name: string): number {
  const value = element.getAttribute(name);
  if (value === null || value === '') throw new Error(`no attribute ${name} in ${element.outerHTML.slice(0, 80)}`);
  return Number(value);
}

/** Numbers that no renderer can place. */
export const UNPLACED = /NaN|Infinity|undefined|\[object/;
