import { ApiError } from '../../../client/index.ts';
import { argument, defineCommand } from '../../../transports/cli/command.ts';
import type { Context } from '../../../transports/cli/context.ts';
import { exits } from '../../../transports/cli/failure.ts';
import { anyText, optional, toggle } from '../../../transports/cli/flag.ts';
import { plain, table } from '../../../transports/cli/output.ts';
import { createProgress } from '../../../transports/cli/terminal/progress.ts';
import { maxPhotoBytes } from '../contract/fields.ts';
import type { ProductImageRoutes } from './client.ts';
import { hashOfUrl, openPhoto, sourceOf } from './importing/photo.ts';
import { readRows, type ImportRow, type ImportRows } from './importing/rows.ts';

const atOnce = 4;
/** Statuses that every photo would get: no answer, no or not enough rights, no such route. */
const forAll: ReadonlySet<number> = new Set([0, 401, 403, 404]);

interface Failed {
  readonly where: string;
  readonly message: string;
}

interface Imported {
  created: number;
  known: number;
  readonly failed: Failed[];
}

export default defineCommand({
  name: 'product import',
  summary: 'Import product photos without a webhook',
  description:
    'Makes a job for each photo, for shops whose supplier sends no webhooks. From a folder: the name of each photo ' +
    'without its ending is the sku. From a list (CSV): sku, URL or file, and maybe a theme, each on a line; files ' +
    'are looked for beside the list. Photos are JPEG, PNG or WebP of at most ' +
    `${maxPhotoBytes / 2 ** 20} MiB. The same photo again changes nothing, so that an import that broke off can be ` +
    'repeated: photos that did not arrive are uploaded, also those whose jobs have failed meanwhile.\n\nA photo ' +
    'with a URL is fetched to know its hash, and again by the server.',
  arguments: { source: argument('DIR|CSV', 'A folder of photos, or a list of them.') },
  flags: {
    theme: optional('THEME', anyText, "For photos that have none in the list. Default: the server's."),
    dryRun: toggle('Only show what would be imported; asks no server.'),
  },
  exits: { 1: 'Some photos were not imported; each is named with the reason.' },
  examples: [
    ['product import photos/', 'BLUE-SHIRT-001.jpg is of the product BLUE-SHIRT-001'],
    ['product import photos.csv --theme christmas', 'sku,https://example.com/a.jpg on each line'],
    ['product import photos.csv --dry-run', 'look before'],
  ],
  async run(context, { args: { source }, flags: { theme, dryRun } }) {
    const found = await readRows(source, theme);
    for (const problem of found.problems) context.output.note(`waybill: ${plain(problem)}`);
    if (dryRun) return showOnly(context, found);
    const { created, known, failed } = await importAll(context, found.rows);
    const wrong = failed.length + found.problems.length;
    const { output } = context;
    if (output.json) output.printJson({ created, known, failed, problems: found.problems, skipped: found.skipped });
    else output.print(`${created} imported, ${known} known already, ${wrong} failed${skippedText(found)}.`);
    return wrong === 0 ? exits.ok : exits.failed;
  },
});

function showOnly({ output }: Context, { rows, problems, skipped }: ImportRows): number {
  const shown = rows.map((row) => ({ sku: row.sku, photo: sourceOf(row), theme: row.theme ?? null }));
  if (output.json) output.printJson({ photos: shown, problems, skipped });
  else if (shown.length > 0) {
    output.print(table(['SKU', 'PHOTO', 'THEME'], shown.map(({ sku, photo, theme }) => [
      plain(sku), plain(photo), plain(theme ?? ''),
    ])));
  }
  output.note(`${rows.length} would be imported, ${problems.length} cannot be${skippedText({ skipped })}.`);
  return problems.length === 0 ? exits.ok : exits.failed;
}

function skippedText({ skipped }: Pick<ImportRows, 'skipped'>): string {
  return skipped === 0 ? '' : `, ${skipped} other files`;
}

async function importAll(context: Context, rows: readonly ImportRow[]): Promise<Imported> {
  const { output, env, signal } = context;
  const imported: Imported = { created: 0, known: 0, failed: [] };
  const progress = createProgress(output, env);
  const waiting = rows.values();
  const work = async (): Promise<void> => {
    for (const row of waiting) {
      signal.throwIfAborted();
      try {
        imported[await importOne(context, row) ? 'created' : 'known'] += 1;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ApiError && forAll.has(error.status)) throw error;
        const { message } = error as Error;
        imported.failed.push({ where: row.where, message });
        output.note(`waybill: ${plain(`${row.where}: ${message}`)}`);
      }
      const { created, known, failed } = imported;
      progress.update({ label: 'importing', done: created + known, failed: failed.length, total: rows.length });
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    progress.end();
  }
  return imported;
}

/** Whether it is new. */
async function importOne(context: Context, { sku, photo, theme }: ImportRow): Promise<boolean> {
  const { signal } = context;
  const client = context.client<ProductImageRoutes>();
  const about = { sku, ...(theme !== undefined && { theme }) };
  if ('url' in photo) {
    const body = { ...about, imageUrl: photo.url, sha256: await hashOfUrl(photo.url, signal) };
    return (await client.createProductImage({ body }, { signal })).status === 'created';
  }
  const { blob, sha256 } = await openPhoto(photo.path);
  const body = { ...about, sha256, type: blob.type as 'image/jpeg' | 'image/png' | 'image/webp' };
  const { jobId, status, job, upload, pipeline } = await client.createProductImage({ body }, { signal });
  if (upload?.putUrl) {
    await client.upload(upload.putUrl, blob, { signal });
    const params = { id: jobId };
    if (job.status === 'FAILED') await client.retryJob({ params }, { signal });
    else if (pipeline) await client.startProductImage({ params }, { signal });
  }
  return status === 'created';
}
