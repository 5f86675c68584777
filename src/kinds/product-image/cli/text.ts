import { plain, table } from '../../../transports/cli/output.ts';
import type { KindText } from '../../../transports/cli/job/kind-text.ts';
import type { ProductImageView } from './client.ts';

export const productImageText: KindText<ProductImageView> = {
  fields: ({ sku, theme, imageUrl, statusDescription, remainingSeconds, attempt, maxAttempts, costUsd, ...more }) => [
    ['sku', plain(sku)],
    ['theme', plain(theme)],
    ['image', plain(imageUrl)],
    ['meaning', statusDescription],
    ['remaining', remainingSeconds === 0 ? null : `about ${remainingSeconds} s`],
    ['retries', `${attempt} of ${maxAttempts}`],
    ['cost', `${costUsd} USD`],
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
};

function one(what: string, where: string | null): string[][] {
  return where === null ? [] : [[what, plain(where)]];
}

function many(what: string, where: readonly string[]): string[][] {
  return where.map((each) => [what, plain(each)]);
}
