/** The browser that tests and benchmarks of the site open. */
import { existsSync } from 'node:fs';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @returns the executable, of the variable SONIC_CHROMIUM or where systems have it; undefined where there is none. */
export const findChromium = () =>
  [process.env.SONIC_CHROMIUM, ...BROWSERS].find((file) => file !== undefined && existsSync(file));

/** Root has no sandbox. */
export const chromiumArguments = () => (process.getuid?.() === 0 ? ['--no-sandbox'] : []);
