/** Types of markers.mjs, for tests. */
export type Marker =
  | { readonly kind: 'source'; readonly text: string }
  | { readonly kind: 'output'; readonly command: string; readonly part?: number; readonly skip?: number };
export interface Block {
  readonly kind: 'fence' | 'table' | 'prose' | 'heading';
  readonly first: number;
  readonly last: number;
  readonly marker: Marker | null;
  readonly needsMarker: boolean;
}
export function pageBlocks(text: string, page: string): Block[];
export function pageMarker(text: string, page: string): Extract<Marker, { kind: 'output' }> | null;
export function withoutSource(text: string, page: string): string[];
