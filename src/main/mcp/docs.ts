import { readdir, readFile } from 'node:fs/promises';
import type { DocsPage } from '../../transports/mcp/docs/sections.ts';

const root = new URL('../../../', import.meta.url);

const folders = ['docs/guides/', 'docs/errors/'];
const pages = ['README.md', 'docs/cli.md', 'docs/configuration.md', 'GLOSSARY.md'];

/** The documentation that is shipped with this version, in a checkout as in the package. */
export async function readDocs(): Promise<readonly DocsPage[]> {
  const inFolders = await Promise.all(folders.map(async (folder) => {
    const names = await readdir(new URL(folder, root));
    return names.filter((name) => name.endsWith('.md')).sort().map((name) => folder + name);
  }));
  return Promise.all([...inFolders.flat(), ...pages].map(async (path) => (
    { path, markdown: await readFile(new URL(path, root), 'utf8') }
  )));
}
