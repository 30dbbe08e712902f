/** What `bundledFiles.ts` is in a web page: architectures as files are given to the page as any other file. */

/** None. */
export async function bundledFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map();
}
