import { readdir, readFile } from 'node:fs/promises';
import { createSearch, type SearchDocs } from '../../../transports/documentation/search.ts';
import type { DocsPage } from '../../../transports/documentation/sections.ts';
import { once } from '../once.ts';

const root = new URL('../../../../', import.meta.url);

const folders = ['docs/', 'docs/guides/', 'docs/lifecycles/', 'docs/errors/', 'docs/decisions/'];
const others = ['README.md', 'GLOSSARY.md', 'SECURITY.md', 'CHANGELOG.md'];
/** What people do not look for when they look something up. */
const isAside = /^(CHANGELOG|docs\/README|docs\/decisions\/.*)\.md$/;

/** The documentation that is shipped with this version, in a checkout as in the package. */
export const readDocs = once(async (): Promise<readonly DocsPage[]> => {
  const inFolders = await Promise.all(folders.map(async (folder) => {
    const names = await readdir(new URL(folder, root));
    return names.filter((name) => name.endsWith('.md')).sort().map((name) => folder + name);
  }));
  return Promise.all([...inFolders.flat(), ...others].map(async (path) => (
    { path, markdown: await readFile(new URL(path, root), 'utf8') }
  )));
});

/** Searches it. */
export const docsSearch = once(async (): Promise<SearchDocs> => (
  createSearch((await readDocs()).filter(({ path }) => !isAside.test(path)))
));

/** @param path below the root, of a picture that the library knows */
export function readPicture(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(new URL(path, root)) as Promise<Uint8Array<ArrayBuffer>>;
}
