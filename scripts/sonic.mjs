#!/usr/bin/env node
/** `npm run sonic -- ARGS` in a clone: builds what is stale, then is the installed `sonic ARGS`. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = dirname(fileURLToPath(import.meta.url));
const built = spawnSync(process.execPath, [join(scripts, 'build.mjs')], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);
await import('../dist/cli/main.js');
