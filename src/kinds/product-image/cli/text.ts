import { join } from 'node:path';
import { CommandFailure } from '../../../transports/cli/failure.ts';
import { saveFile } from '../../../transports/cli/job/save-file.ts';
import { plain, table } from '../../../transports/cli/output.ts';
import type { KindText } from '../../../transports/cli/job/kind-text.ts';
import type { ProductImageRoutes, ProductImageView } from './client.ts';

export const productImageText: KindText<ProductImageView> = {
  fields: ({ sku, theme, imageUrl, statusDescription, remainingSeconds, attempt, maxAttempts, tries, ...more }) => [
    ['sku', plain(sku)],
    ['theme', plain(theme)],
    ['image', plain(imageUrl)],
    ['meaning', statusDescription],
    ['remaining', remainingSeconds === 0 ? null : `about ${remainingSeconds} s`],
    ['retries', `${attempt} of ${maxAttempts}`],
    ['tried again', tries === 0 ? null : `${tries} of ${maxAttempts} times, by itself`],
    ['cost', `${more.costUsd} USD`],
    ['confidence', more.segmentConfidence === null ? null : more.segmentConfidence.toFixed(2)],
    ['done by', more.movedBy],
    ['waits until', more.pausedUntil],
    ['retry from', more.retryAt],
  ],
  outcome: ({ errorCode, errorMessage }) =>
    errorCode === null ? null : plain(`${errorCode}: ${errorMessage ?? ''}`),
  details(view) {
    const rows = [
      ...one('original', view.originalKey), ...one('mask', view.maskKey), ...many('background', view.bgKeys),
      ...many('composite', view.compositeKeys), ...many('thumbnail', view.thumbKeys),
      ...many('Shopify media', view.shopifyMediaIds),
    ];
    return rows.length === 0 ? '' : table(['WHAT', 'WHERE'], rows);
  },
  async download(context, { id, sku, imageSha256, compositeKeys }, folder) {
    const { signal } = context;
    const client = context.client<ProductImageRoutes>();
    if (compositeKeys.length === 0) throw new CommandFailure(`job ${id} has no composites yet`);
    const saved: string[] = [];
    for (const key of compositeKeys) {
      const body = { kind: 'composite', key } as const;
      const { getUrl } = await client.presignProductImage({ params: { id }, body }, { signal });
      const path = join(folder, fileNameOf(key, sku, imageSha256));
      await saveFile(client, getUrl, path, signal);
      saved.push(path);
    }
    return saved;
  },
};

/** `BLUE-SHIRT-001_1x1_1.jpg`; keys that were reported from outside may end in anything. */
function fileNameOf(key: string, sku: string, sha256: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return name.startsWith(sha256) ? `${sku}${name.slice(sha256.length).replace('_master', '')}` : name;
}

function one(what: string, where: string | null): string[][] {
  return where === null ? [] : [[what, plain(where)]];
}

function many(what: string, where: readonly string[]): string[][] {
  return where.map((each) => [what, plain(each)]);
}
