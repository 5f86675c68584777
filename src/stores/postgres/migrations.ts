import { readdirSync, readFileSync } from 'node:fs';
import type { Migration } from '../../ports/store/schema-parts.ts';

const folder = new URL('../../../migrations/postgres/', import.meta.url);

/** The scripts of `migrations/postgres/`, `<number>_<name>.sql`. */
export function readMigrations(): Migration[] {
  return readdirSync(folder).flatMap((file) => {
    const match = /^(\d{4})_(.+)\.sql$/.exec(file);
    if (match === null) return [];
    return { version: Number(match[1]), name: match[2] ?? '', script: readFileSync(new URL(file, folder), 'utf8') };
  });
}
