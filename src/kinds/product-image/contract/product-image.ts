import * as z from 'zod';
import { count, jobId, limits, probability, time } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { webhookUrl } from '../../../contract/webhook-url.ts';
import { maxVariants } from '../domain/keys.ts';
import {
  aspect, cost, failCode, mediaId, messageLength, mostKeys, productId, provider, providerJobId, sha256, sku,
  stackLength, theme, variant,
} from './fields.ts';
import { productImageJobs } from './product-image-job.ts';
import { productWebhookRoutes } from './webhook.ts';

const byJob = z.object({ id: jobId });
const { view, example: { view: shown } } = productImageJobs;
const key = z.string().min(1).max(limits.objectKeyLength);
const params = { id: shown.id };
const of = { auth: 'operator', tag: 'Product images', params: byJob } as const;

const objectUrls = z
  .object({
    key: z.string(),
    putUrl: z.string().nullable().describe('PUT the file here, with its content type. Null once the job has ended.'),
    getUrl: z.string(),
    expiresAt: time,
  })
  .meta({ id: 'ObjectUrls' });
const urlsOf = (key: string) => ({
  key,
  putUrl: `https://waybill.example/objects/${key}?X-Amz-Signature=5d41…`,
  getUrl: `https://waybill.example/objects/${key}?X-Amz-Signature=9b74…`,
  expiresAt: '2026-11-22T10:30:00.000Z',
});

export const createProductImage = defineRoute({
  name: 'createProductImage',
  method: 'POST',
  path: '/api/product-images',
  auth: 'operator',
  tag: 'Product images',
  summary: 'Announce a product image without a webhook',
  description:
    'As the webhook does, for shops whose supplier sends none: one job for each sku, sha256 and theme. Without ' +
    '`imageUrl` the photo is uploaded to `upload.putUrl`; where `pipeline` is true, start the job after that. A job ' +
    'that has failed without its photo has an `upload`, too: retry it after that.',
  body: z.object({
    sku,
    sha256: sha256.describe('Of the photo; 6 to 128 hex digits.'),
    theme: theme.exactOptional().describe('One of THEMES, if those are set. Default: DEFAULT_THEME.'),
    imageUrl: webhookUrl.exactOptional().describe('Where the photo is, http or https.'),
    type: z.enum(['image/jpeg', 'image/png', 'image/webp']).exactOptional().describe(
      'Of a photo that is uploaded. Default: `image/jpeg`.',
    ),
  }),
  answer: productWebhookRoutes.receiveImage.answer.extend({
    upload: objectUrls.nullable().describe('Null where the job has a URL, or its photo.'),
    pipeline: z.boolean().describe('Whether this server does the steps itself.'),
  }),
  status: 201,
  answersExisting: true,
  errors: ['limit_reached'],
  repeatable: true,
  example: {
    body: { sku: shown.sku, sha256: shown.imageSha256 },
    answer: {
      jobId: shown.id, status: 'created',
      job: { id: shown.id, sku: shown.sku, theme: shown.theme, status: 'NEW', createdAt: shown.createdAt },
      upload: urlsOf(shown.originalKey ?? ''), pipeline: true,
    },
  },
});

export const startProductImage = defineRoute({
  ...of,
  name: 'startProductImage',
  method: 'POST',
  path: '/api/jobs/:id/start',
  summary: 'Start a product image',
  description:
    'NEW becomes QUEUED, and its time limit begins. Again while it is QUEUED, the answer is the same but for new ' +
    'signatures.',
  answer: view
    .extend({ urls: z.object({ original: objectUrls, mask: objectUrls }) })
    .meta({ id: 'StartedProductImage' }),
  errors: ['conflict'],
  repeatable: true,
  example: {
    params,
    answer: {
      ...shown,
      urls: { original: urlsOf(shown.originalKey ?? ''), mask: urlsOf(shown.maskKey ?? '') },
    },
  },
});

export const presignProductImage = defineRoute({
  ...of,
  name: 'presignProductImage',
  method: 'POST',
  path: '/api/jobs/:id/presign',
  summary: 'Get URLs for one of its objects',
  description: 'Original, mask, cut-out, background, composite or thumbnail. A PUT takes one content type only.',
  body: z.object({
    kind: z.enum(['original', 'mask', 'cutout', 'bg', 'composite', 'thumb']),
    variant: variant.exactOptional().describe('Of `bg`, `composite` and `thumb`. Default: 1.'),
    aspect: aspect.exactOptional().describe('Of `composite` and `thumb`. Default: `1x1`.'),
    type: z
      .enum(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/tiff', 'image/avif', 'image/heic'])
      .exactOptional()
      .describe('Of the upload of an `original`; by default, as `imageUrl` ends. Others have one type each.'),
    key: key.exactOptional().describe('One that the job has, such as a reported one, instead of the usual one.'),
  }),
  answer: objectUrls,
  repeatable: true,
  errors: ['conflict'],
  example: { params, body: { kind: 'bg', variant: 1 }, answer: urlsOf(shown.bgKeys[0] ?? '') },
});

const keys = z.array(key).min(1).max(mostKeys);
const repeats =
  'The same result again answers 200 and changes nothing, its cost included; another one, or one out of state, is 409.';

/** One of the two fields, and not both. */
function either(a: string, b: string) {
  return {
    check: (body: Readonly<Record<string, unknown>>) => (body[a] === undefined) !== (body[b] === undefined),
    problem: { path: [a], error: `is required, or else ${b}: one of the two` },
  };
}

const mask = either('maskKey', 'maskUrl');
export const reportSegmentation = defineRoute({
  ...of,
  name: 'reportSegmentation',
  method: 'POST',
  path: '/api/jobs/:id/segmentation',
  summary: 'Report the mask',
  description: `SEGMENTING, or QUEUED, becomes BG_GENERATING. A URL is fetched and stored by the server. ${repeats}`,
  body: z
    .object({
      maskKey: key.exactOptional().describe('`masks/<sku>/…`'),
      maskUrl: webhookUrl.exactOptional().describe('A PNG at a public address.'),
      providerJobId: providerJobId.exactOptional(),
      confidence: probability
        .exactOptional()
        .describe('The probability that the mask is right, if you know it.'),
      provider,
      cost,
    })
    .refine(mask.check, mask.problem),
  answer: view,
  errors: ['conflict', 'unavailable'],
  repeatable: true,
  example: { params, body: { maskKey: 'masks/VWS200433868/abc123def456.png', cost: 0.0023 }, answer: shown },
});

const backgrounds = either('bgKeys', 'bgUrls');
export const reportBackgrounds = defineRoute({
  ...of,
  name: 'reportBackgrounds',
  method: 'POST',
  path: '/api/jobs/:id/backgrounds',
  summary: 'Report the backgrounds',
  description: `BG_GENERATING becomes COMPOSITING. URLs are fetched and stored by the server. ${repeats}`,
  body: z
    .object({
      bgKeys: z.array(key).min(1).max(maxVariants).exactOptional().describe('`backgrounds/<theme>/<sku>/…`'),
      bgUrls: z.array(webhookUrl).min(1).max(20).exactOptional().describe('JPEG, PNG or WebP at public addresses.'),
      providerJobIds: z.array(providerJobId).min(1).max(maxVariants).exactOptional(),
      provider,
      cost,
    })
    .refine(backgrounds.check, backgrounds.problem),
  answer: view,
  errors: ['conflict', 'unavailable'],
  repeatable: true,
  example: {
    params, body: { bgKeys: ['backgrounds/default/VWS200433868/abc123def456_1.jpg'], cost: 0.042 }, answer: shown,
  },
});

export const reportComposite = defineRoute({
  ...of,
  name: 'reportComposite',
  method: 'POST',
  path: '/api/jobs/:id/composite',
  summary: 'Report the composites',
  description: `COMPOSITING becomes SHOPIFY_PUSH. ${repeats}`,
  body: z.object({
    composites: keys.describe('`composites/<theme>/<sku>/…`'),
    thumbs: keys.exactOptional().describe('`thumbs/<theme>/<sku>/…` or `thumbs/<sku>/…`'),
    cost,
  }),
  answer: view,
  errors: ['conflict'],
  repeatable: true,
  example: {
    params, body: { composites: ['composites/default/VWS200433868/abc123def456_1x1_1_master.jpg'] }, answer: shown,
  },
});

export const reportShopify = defineRoute({
  ...of,
  name: 'reportShopify',
  method: 'POST',
  path: '/api/jobs/:id/shopify',
  summary: 'Report the media in Shopify',
  description: `SHOPIFY_PUSH becomes DONE. ${repeats}`,
  body: z.object({
    mediaIds: z.array(mediaId).min(1).max(mostKeys),
    productId: productId.exactOptional().describe('Of the product that they are on.'),
    cost,
  }),
  answer: view,
  errors: ['conflict'],
  repeatable: true,
  example: { params, body: { mediaIds: ['gid://shopify/MediaImage/123456'] }, answer: shown },
});

export const failProductImage = defineRoute({
  ...of,
  name: 'failProductImage',
  method: 'POST',
  path: '/api/jobs/:id/fail',
  summary: 'Fail a product image',
  description: 'From any state that is not terminal. It no longer counts for its sku, and can be retried.',
  body: z.object({
    code: failCode,
    message: z.string().trim().min(1).max(messageLength).describe('For people.'),
    stack: z.string().max(stackLength).exactOptional(),
  }),
  answer: view,
  errors: ['conflict'],
  repeatable: true,
  example: { params, body: { code: 'SEGMENT_FAILED', message: 'AI provider timed out' }, answer: shown },
});

export const pruneProductImages = defineRoute({
  name: 'pruneProductImages',
  method: 'POST',
  path: '/api/product-images/prune',
  auth: 'admin',
  tag: 'Product images',
  summary: 'Remove old product images',
  description:
    'Jobs that have been DONE or FAILED for so long, with their objects, but for those that other jobs use. At most ' +
    '100 in one request: repeat it while `more` is true.',
  body: z.object({ olderThanSeconds: count(3_650 * 86_400).describe('Since they ended.') }),
  answer: z.object({
    jobs: count(Number.MAX_SAFE_INTEGER).describe('Removed.'),
    objects: count(Number.MAX_SAFE_INTEGER).describe('Removed with them.'),
    more: z.boolean(),
  }),
  repeatable: true,
  example: { body: { olderThanSeconds: 2_592_000 }, answer: { jobs: 12, objects: 168, more: false } },
});

export const productImageRoutes = table(
  createProductImage,
  startProductImage,
  presignProductImage,
  reportSegmentation,
  reportBackgrounds,
  reportComposite,
  reportShopify,
  failProductImage,
  pruneProductImages,
);
