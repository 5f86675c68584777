import { readFileSync } from 'node:fs';

const file = new URL('../../package.json', import.meta.url);
const manifest = JSON.parse(readFileSync(file, 'utf8')) as { version: string };

/** The package's version. */
export const version = manifest.version;
