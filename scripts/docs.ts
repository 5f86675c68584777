/** `npm run docs`: writes what is generated from the code: reference pages, and what the clients know of routes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { generatedPages } from './docs/generated-pages.ts';

const root = new URL('../', import.meta.url);

for (const folder of ['docs/errors/', 'docs/lifecycles/']) mkdirSync(new URL(folder, root), { recursive: true });
for (const [path, text] of await generatedPages()) {
  writeFileSync(new URL(path, root), text);
  process.stdout.write(`${path}\n`);
}
