/** The API reference: public docstrings of src/index.ts and src/browser.ts as pages, by TypeDoc. */
import { join } from 'node:path';

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
    navigationLinks: { Lab: '../index.html', Documentation: '../docs/index.html' },
    // Types that are not exported stand as text; what is exported is what there is to be read.
    validation: false,
    logLevel: 'Error',
  });
  const project = await app.convert();
  if (!project) throw new Error('the API reference could not be written: see what TypeDoc says above');
  await app.generateDocs(project, out);
  if (app.logger.hasErrors()) throw new Error('the API reference has errors: see what TypeDoc says above');
}
