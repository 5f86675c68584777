/**
 * What package.json says of where the code is. In a checkout `waybill/worker` is a source file, so that it needs no
 * build; in what is published it is the built one, because Node runs no TypeScript below node_modules. npm packs the
 * package.json that it finds after `prepack`, so `publish` changes it there and `restore` puts it back.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publishedManifest } from './manifest/published-manifest.ts';

const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const manifest = here('package.json');
const kept = here('node_modules/.package.checkout.json');

switch (process.argv[2]) {
  case 'publish': {
    const text = readFileSync(manifest, 'utf8');
    writeFileSync(kept, text);
    writeFileSync(manifest, publishedManifest(text));
    break;
  }
  case 'restore':
    if (existsSync(kept)) renameSync(kept, manifest);
    rmSync(here('dist'), { recursive: true, force: true });
    break;
  default:
    process.stderr.write('usage: manifest.ts publish|restore\n');
    process.exitCode = 2;
}
