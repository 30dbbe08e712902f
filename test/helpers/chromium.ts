/** A real browser for tests of pages, where one is installed. */
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { BrowserContext } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The browser's path, or null: tests that need it are then skipped. */
export const CHROMIUM: string | null =
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(isExecutable) ?? null;

export interface StartedChromium {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Headless, with an empty profile and nothing that calls home. */
export async function startChromium(options: { javaScriptEnabled?: boolean } = {}): Promise<StartedChromium> {
  if (CHROMIUM === null) throw new Error('no chromium is installed; skip the test');
  const { chromium } = await import('playwright-core');
  const profile = mkdtempSync(join(tmpdir(), 'sonic-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    ...options,
  });
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
