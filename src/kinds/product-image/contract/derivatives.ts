import * as z from 'zod';
import { count, jobId } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { derivativeFormats } from '../../../domain/scene.ts';
import { productImageJobs } from './product-image-job.ts';

const once = { error: 'must have each only once' };
const isOnce = (all: readonly unknown[]): boolean => new Set(all).size === all.length;

const derivative = z
  .object({
    key: z.string(),
    url: z.string().describe('Answers GET for a time.'),
    of: z.string().describe('Key of the picture that it was made of.'),
    width: count(2_048),
    height: count(100_000),
    format: z.enum(derivativeFormats),
    bytes: count(Number.MAX_SAFE_INTEGER),
  })
  .meta({ id: 'Derivative' });

const { id } = productImageJobs.example.summary;
const folder = 'derivatives/VWS200433868/abc123def456/default';

export const makeDerivatives = defineRoute({
  name: 'makeDerivatives',
  method: 'POST',
  path: '/api/jobs/:id/derivatives',
  auth: 'operator',
  tag: 'Product images',
  summary: 'Make smaller pictures of a product image',
  description:
    'Of its composites, or of its cut-out, each width in each format. What is there already is not made again, ' +
    'unless its picture has changed. A picture that is narrower than a width keeps its own. The manifest lists all ' +
    'derivatives that the job has. At most 200 pictures and 120 megapixels (the squares of the widths) in one ' +
    'request, which may take two minutes; what a request that broke off has made is kept.',
  params: z.object({ id: jobId }),
  body: z.object({
    widths: z.array(z.int().min(100).max(2_048)).min(1).max(20).refine(isOnce, once).describe('In pixels.'),
    formats: z.array(z.enum(derivativeFormats)).min(1).max(derivativeFormats.length).refine(isOnce, once),
    of: z
      .array(z.enum(['composites', 'cutout']))
      .min(1)
      .max(2)
      .refine(isOnce, once)
      .exactOptional()
      .describe('Default: `composites`. A JPEG of the cut-out is on white.'),
  }),
  answer: z.object({
    manifestKey: z.string(),
    manifestUrl: z.string(),
    made: count(200).describe('That were not there before.'),
    derivatives: z.array(derivative).describe('Those that were asked for.'),
  }),
  errors: ['conflict', 'unavailable'],
  repeatable: true,
  example: {
    params: { id },
    body: { widths: [400, 1_200], formats: ['webp'] },
    answer: {
      manifestKey: `${folder}/manifest.json`,
      manifestUrl: `https://waybill.example/objects/${folder}/manifest.json?X-Amz-Signature=5d41…`,
      made: 1,
      derivatives: [{
        key: `${folder}/1x1_1_400.webp`,
        url: `https://waybill.example/objects/${folder}/1x1_1_400.webp?X-Amz-Signature=9b74…`,
        of: 'composites/default/VWS200433868/abc123def456_1x1_1_master.jpg',
        width: 400,
        height: 400,
        format: 'webp',
        bytes: 9_312,
      }],
    },
  },
});

export const derivativeRoutes = table(makeDerivatives);
