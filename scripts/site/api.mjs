/** The API reference: public docstrings of src/index.ts and src/browser.ts as pages, by TypeDoc. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Stands for the site's root until a page's depth is known: TypeDoc writes links as they are given, on pages of any depth. */
const ROOT = 'sonic-site-root:';

/** @param out the folder of the pages. */
export async function writeApi(root, out) {
  const { Application } = await import('typedoc');
  const app = await Application.bootstrap({
    entryPoints: ['src/index.ts', 'src/browser.ts'].map((file) => join(root, file)),
    tsconfig: join(root, 'tsconfig.json'),
    name: 'sonic-photonics',
    readme: 'none',
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    // Their places on the web would be requests to other hosts, and names of hosts do not belong here.
    disableSources: true,
    disableGit: true,
    hideGenerator: true,
    githubPages: false,
    navigationLinks: { Lab: `${ROOT}index.html`, Documentation: `${ROOT}docs/index.html` },
    // Types that are not exported stand as text; what is exported is what there is to be read.
    validation: false,
    logLevel: 'Error',
  });
  const project = await app.convert();
  if (!project) throw new Error('the API reference could not be written: see what TypeDoc says above');
  await app.generateDocs(project, out);
  if (app.logger.hasErrors()) throw new Error('the API reference has errors: see what TypeDoc says above');
  for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'))) {
    const page = join(out, name);
    writeFileSync(page, readFileSync(page, 'utf8').replaceAll(ROOT, '../'.repeat(name.split(sep).length)));
  }
}
