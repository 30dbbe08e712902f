/** Types of browser.mjs, for tests. */
export function findChromium(): string | undefined;
export function chromiumArguments(): string[];
