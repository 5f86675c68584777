import { birth, jobAfter, reported, results, start } from '../domain/product-images.ts';
import { lookOf } from '../../src/kinds/product-image/domain/theme.ts';
import { shippedThemes } from '../../src/kinds/product-image/domain/themes.ts';
import type { ProductImageJob } from '../../src/kinds/product-image/domain/types.ts';

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e55';
const job: ProductImageJob = {
  ...jobAfter([start, reported(results.segmentation, 2_300), reported(results.backgrounds)]), id,
};
const urls = {
  key: 'masks/VWS200433868/abc123def456.png', putUrl: 'http://test/put', getUrl: 'http://test/get',
  expiresAt: birth.timeLimitMs,
};

const theme = { ...lookOf(shippedThemes, 'dark'), isTaken: true, source: 'stored', updatedAt: 0 };

/** What the methods of product images answer. */
export const productImageAnswers = {
  productImages: {
    create: { job, isNew: true, upload: urls, isPipeline: true },
    start: { job, original: urls, mask: urls },
    pictures: {
      original: { key: 'originals/VWS200433868/abc123def456.jpg', url: 'http://test/get' }, cutout: null,
      backgrounds: [], composites: [], expiresAt: birth.timeLimitMs,
    },
    covers: [{ id, url: 'http://test/get' }],
    presign: urls,
    segmentation: job,
    backgrounds: job,
    composite: job,
    shopify: job,
    fail: job,
    usualTimes: {},
    derivatives: {
      manifestKey: 'derivatives/VWS200433868/abc123def456/default/manifest.json', manifestUrl: 'http://test/get',
      made: 1,
      derivatives: [{
        key: 'derivatives/VWS200433868/abc123def456/default/1x1_1_400.webp', url: 'http://test/get',
        of: 'composites/default/VWS200433868/abc123def456_1x1_1_master.jpg', ofModifiedAt: birth.timeLimitMs,
        wanted: 400, width: 400, height: 400, format: 'webp', bytes: 9_000,
      }],
    },
    prune: { jobs: 1, objects: 5, more: false },
  },
  imageIntake: { receive: { job, isNew: true } },
  imageThemes: { list: [theme], put: theme, delete: null, preview: new Uint8Array([0xff, 0xd8, 0xff, 0xd9]) },
};
