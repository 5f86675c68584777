import * as z from 'zod';
import { jobId, time } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { webhookUrl } from '../../../contract/webhook-url.ts';
import { sha256, sku, status, theme } from './fields.ts';

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e55';
const tag = 'Product images';
const description = {
  sku: 'VWS200433868', imageUrl: 'https://example.com/photo.jpg', sha256: 'abc123def456',
} as const;

export const receiveImage = defineRoute({
  name: 'receiveImage',
  method: 'POST',
  path: '/api/webhooks/3jms/images',
  auth: 'signature',
  tag,
  summary: 'Announce a product image',
  description:
    'Called by the supplier, with `x-3jms-signature`, `x-webhook-signature` or `x-signature` (the first of them that ' +
    'is there counts): HMAC-SHA256 of the raw body under WEBHOOK_SECRET, in hex of either case, `sha256=` before it ' +
    'or not. The same sku, sha256 and theme again answer 200 and the first job, however many arrive at once. A sku ' +
    'has at most IMAGE_MAX_PER_SKU images that have not failed. `event`, `takenAt` and all other fields are ignored.',
  lenient: true,
  query: z.object({ theme: theme.exactOptional().describe('Where the body has none.') }),
  body: z.object({
    sku,
    imageUrl: webhookUrl.describe('Where the image is, http or https. It is fetched later.'),
    sha256: sha256.describe('Of the file; 6 to 128 hex digits. What does not match fails when it is fetched.'),
    theme: theme.exactOptional().describe('One of THEMES, if those are set. Default: DEFAULT_THEME.'),
  }),
  answer: z.object({
    jobId,
    status: z.enum(['created', 'duplicate']),
    job: z.object({ id: jobId, sku: z.string(), theme: z.string(), status, createdAt: time }),
  }),
  status: 201,
  answersExisting: true,
  errors: ['limit_reached'],
  repeatable: true,
  example: {
    body: description,
    answer: {
      jobId: id,
      status: 'created',
      job: { id, sku: description.sku, theme: 'default', status: 'NEW', createdAt: '2026-11-22T09:30:00.000Z' },
    },
  },
});

export const productWebhookRoutes = table(receiveImage);
