/** `npm run docs`: writes the pages made from the code: the command line, the configuration, the lifecycles. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { generatedPages } from './docs/generated-pages.ts';

const root = new URL('../', import.meta.url);

for (const folder of ['docs/errors/', 'docs/lifecycles/']) mkdirSync(new URL(folder, root), { recursive: true });
for (const [path, text] of await generatedPages()) {
  writeFileSync(new URL(path, root), text);
  process.stdout.write(`${path}\n`);
}
