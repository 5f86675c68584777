/** `npm run lifecycles`: writes docs/lifecycles/ anew from the lifecycles that the code declares. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { lifecyclePages } from './docs/lifecycle-pages.ts';

const root = new URL('../', import.meta.url);

mkdirSync(new URL('docs/lifecycles/', root), { recursive: true });
for (const [path, text] of await lifecyclePages()) {
  writeFileSync(new URL(path, root), text);
  process.stdout.write(`${path}\n`);
}
