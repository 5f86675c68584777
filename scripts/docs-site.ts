/**
 * `npm run docs:site [-- FOLDER]`: the documentation as pages for any web server, in `site` unless told: the guides as
 * each server shows them at `/docs`, and the page of the API. Links are relative, so that it may be at any address.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../src/contract/openapi/openapi.ts';
import { kindTags } from '../src/main/kinds.ts';
import { readDocs } from '../src/main/node/documentation/shipped.ts';
import { routes } from '../src/main/routes.ts';
import { version } from '../src/main/version.ts';
import { docsPage } from '../src/transports/documentation/api-page.ts';
import { guidePage, llmsText, markdownAddress } from '../src/transports/documentation/guide-pages.ts';
import { Library } from '../src/transports/documentation/library.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const [folder = join(root, 'site')] = process.argv.slice(2);
const library = new Library(await readDocs(), '.html');
const around = { library, version, apiAddress: 'docs/api.html', searchAddress: null };

const write = (address: string, text: string): void => {
  mkdirSync(dirname(join(folder, address)), { recursive: true });
  writeFileSync(join(folder, address), text);
};

rmSync(folder, { recursive: true, force: true });
for (const page of library.pages) {
  const address = library.addressOf(page.path)!;
  write(address, (await guidePage(around, page)).html);
  write(markdownAddress(address), page.markdown);
}
const document = openApiDocument({ publicUrl: 'https://waybill.example', version, routes, tags: kindTags });
const api = (await docsPage(document, 'guides.html')).html;
// A server has it one folder further up.
const moved = api.replaceAll(/href="docs\/errors\/(\w+)"/g, 'href="errors/$1.html"')
  .replaceAll('href="openapi.json"', 'href="../openapi.json"');
write(around.apiAddress, moved);
write('openapi.json', JSON.stringify(document));
write('llms.txt', llmsText(around, '.'));
const start = 'docs/guides.html';
const redirect = `<meta http-equiv="refresh" content="0; url=${start}">`;
write('index.html', `<!doctype html>${redirect}<a href="${start}">Documentation</a>\n`);
for (const pictures of ['docs/pictures', 'docs/console']) {
  const filter = (from: string): boolean => !/\.(?!webp$)\w+$/.test(from);
  cpSync(join(root, pictures), join(folder, pictures), { recursive: true, filter });
}
process.stdout.write(`${library.pages.length} pages in ${folder}\n`);
