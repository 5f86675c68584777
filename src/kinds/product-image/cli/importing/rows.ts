import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { CommandFailure, exits } from '../../../../transports/cli/failure.ts';
import { sku as skuShape } from '../../contract/fields.ts';
import { parseCsv, type CsvRow } from './csv.ts';

/** A photo to be imported. */
export interface ImportRow {
  /** For people: the file's name, or the line of the list. */
  readonly where: string;
  readonly sku: string;
  readonly photo: { readonly path: string } | { readonly url: string };
  readonly theme: string | undefined;
}

export interface ImportRows {
  readonly rows: readonly ImportRow[];
  /** What is wrong with others, a sentence each. */
  readonly problems: readonly string[];
  /** Files of a folder that are no photos by their names. */
  readonly skipped: number;
}

export const photoTypes = { '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.png': 'image/png', '.webp': 'image/webp' };
const maxListBytes = 64 * 1024 ** 2;

/** Of a folder, whose photos are named by their skus; or of a list: sku, URL or file, and maybe a theme. */
export async function readRows(source: string, theme: string | undefined): Promise<ImportRows> {
  const info = await stat(source).catch((error: NodeJS.ErrnoException) => {
    const gone = error.code === 'ENOENT' ? `there is no folder or file ${source}` : `cannot read ${error.message}`;
    throw new CommandFailure(gone, exits.noInput);
  });
  if (info.isDirectory()) return ofFolder(source, theme);
  if (info.size > maxListBytes) throw new CommandFailure(`${source} is larger than 64 MiB`, exits.noInput);
  return ofList(source, theme);
}

async function ofFolder(folder: string, theme: string | undefined): Promise<ImportRows> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map(({ name }) => name).sort();
  const photos = names.filter((name) => extname(name).toLowerCase() in photoTypes && !name.startsWith('.'));
  const rows = photos.map((name) => {
    return { where: name, sku: name.slice(0, -extname(name).length), photo: { path: join(folder, name) }, theme };
  });
  return { ...checked(rows), skipped: names.length - photos.length };
}

async function ofList(file: string, theme: string | undefined): Promise<ImportRows> {
  let rows: readonly CsvRow[];
  try {
    rows = parseCsv(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof RangeError) throw new CommandFailure(`${file}, ${error.message}`, exits.noInput);
    throw error;
  }
  const folder = dirname(file);
  // A first line that names the columns.
  const content = rows[0]?.cells[0]?.toLowerCase() === 'sku' ? rows.slice(1) : rows;
  return {
    ...checked(content.map(({ line, cells: [sku = '', photo = '', ofRow = ''] }) => ({
      where: `line ${line}`, sku, theme: ofRow === '' ? theme : ofRow,
      photo: /^https?:\/\//i.test(photo) || photo === '' ? { url: photo } : { path: resolve(folder, photo) },
    }))),
    skipped: 0,
  };
}

function checked(rows: readonly ImportRow[]): Pick<ImportRows, 'rows' | 'problems'> {
  const problemOf = ({ sku, photo }: ImportRow): string | null => {
    const [problem] = skuShape.safeParse(sku).error?.issues ?? [];
    if (problem !== undefined) return `the sku ${JSON.stringify(sku)} ${problem.message}`;
    if ('url' in photo) return photo.url === '' ? 'there is no photo: the second column is its URL or file' : null;
    return extname(photo.path).toLowerCase() in photoTypes ? null : `${photo.path} is not named like a photo`;
  };
  const looked = rows.map((row) => ({ row, problem: problemOf(row) }));
  return {
    rows: looked.flatMap(({ row, problem }) => problem === null ? [row] : []),
    problems: looked.flatMap(({ row, problem }) => problem === null ? [] : [`${row.where}: ${problem}`]),
  };
}
