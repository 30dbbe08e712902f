/** A module's exports, which Node hands an ES module as the default export of a CommonJS one. */
export async function importCommonJs(name: string): Promise<unknown> {
  const module = (await import(name)) as { default?: unknown };
  return module.default ?? module;
}
