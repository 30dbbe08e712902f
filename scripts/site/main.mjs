#!/usr/bin/env node
/**
 * Builds the site into site/dist, which any static host can serve.
 *
 *   npm run site [-- --serve [--port 8080]]
 */
import { parseArgs } from 'node:util';
import { buildSite, SITE } from './build.mjs';
import { serveFolder } from './serve.mjs';

try {
  const { values } = parseArgs({
    options: { serve: { type: 'boolean', default: false }, port: { type: 'string', default: '8080' } },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error(`--port ${values.port}: not a port; give a whole number from 0 to 65535`);
  await buildSite();
  console.log(`built ${SITE}`);
  if (values.serve) console.log(`open ${(await serveFolder(SITE, port)).url}`);
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
