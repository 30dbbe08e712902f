/** Search over the documentation, on its pages; the index is loaded when somebody begins to type. */
import MiniSearch from 'minisearch';

interface Found {
  readonly title: string;
  readonly page: string;
  readonly path: string;
}

const MOST = 12;
const input = document.getElementById('search') as HTMLInputElement;
const list = document.getElementById('found') as HTMLElement;
/** The folder of the documentation. */
const docs = new URL(input.dataset['docs']!, document.baseURI);

let index: Promise<MiniSearch> | null = null;

async function load(): Promise<MiniSearch> {
  const response = await fetch(new URL('search.json', docs));
  if (!response.ok) throw new Error(`search.json: ${response.status} ${response.statusText}; reload the page`);
  // As scripts/site/searchIndex.mjs made it.
  return MiniSearch.loadJSON(await response.text(), {
    fields: ['title', 'text'],
    storeFields: ['title', 'page', 'path'],
  });
}

function show(found: readonly Found[], words: string): void {
  const items = found.slice(0, MOST).map(({ title, page, path }) => {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = new URL(path, docs).href;
    link.textContent = title === page ? title : `${page}: ${title}`;
    item.append(link);
    return item;
  });
  list.replaceChildren(...items);
  if (words !== '' && items.length === 0) {
    const none = document.createElement('li');
    none.textContent = `nothing about '${words}'`;
    list.append(none);
  }
}

input.addEventListener('input', () => {
  const words = input.value.trim();
  index ??= load();
  index
    .then((own) => {
      if (input.value.trim() !== words) return;
      const options = { prefix: true, fuzzy: 0.15, boost: { title: 3 }, combineWith: 'AND' } as const;
      show(words === '' ? [] : (own.search(words, options) as unknown as Found[]), words);
    })
    .catch((error: Error) => {
      index = null;
      list.textContent = error.message;
    });
});
