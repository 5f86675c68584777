import * as z from 'zod';
import { count, jobId, jobIds, time } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { aspect } from './fields.ts';
import { productImageJobs } from './product-image-job.ts';

const picture = z.object({ key: z.string(), url: z.string().describe('Answers GET until `expiresAt`.') });
const { id, sku, theme, imageSha256 } = productImageJobs.example.summary;

function shown(key: string): z.input<typeof picture> {
  return { key, url: `https://waybill.example/objects/${key}?X-Amz-Signature=5d41…` };
}

export const listProductPictures = defineRoute({
  name: 'listProductPictures',
  method: 'GET',
  path: '/api/jobs/:id/pictures',
  auth: 'operator',
  tag: 'Product images',
  summary: 'Show the pictures of a product image',
  description: 'All that the job has so far, with URLs to look at them.',
  params: z.object({ id: jobId }),
  answer: z.object({
    original: picture.nullable().describe('Null before it was fetched or uploaded.'),
    cutout: picture.nullable().describe('With transparency; null where none was made on this server.'),
    backgrounds: z.array(picture.extend({ variant: count(1_000, 1) })),
    composites: z.array(
      picture.extend({
        variant: count(1_000, 1),
        aspect: aspect.nullable().describe('Null where its key does not say.'),
        thumbUrl: z.string().nullable().describe('Of a small one, where there is one.'),
      }),
    ),
    expiresAt: time,
  }),
  example: {
    params: { id },
    answer: {
      original: shown(`originals/${sku}/${imageSha256}.jpg`),
      cutout: shown(`cutouts/${sku}/${imageSha256}.png`),
      backgrounds: [{ ...shown(`backgrounds/${theme}/${sku}/${imageSha256}_1.jpg`), variant: 1 }],
      composites: [
        {
          ...shown(`composites/${theme}/${sku}/${imageSha256}_1x1_1_master.jpg`), variant: 1, aspect: '1x1',
          thumbUrl: shown(`thumbs/${theme}/${sku}/${imageSha256}_1x1_1_400.jpg`).url,
        },
      ],
      expiresAt: '2026-11-22T10:30:00.000Z',
    },
  },
});

export const listProductCovers = defineRoute({
  name: 'listProductCovers',
  method: 'GET',
  path: '/api/product-images/covers',
  auth: 'operator',
  tag: 'Product images',
  summary: 'Show a picture of each of several product images',
  description: 'For a page of a list: one request for all of its jobs. Ids of what you cannot see are left out.',
  query: z.object({ ids: jobIds(200, 'At most 200 jobs, separated by commas.') }),
  answer: z.object({
    covers: z.array(
      z.object({
        id: jobId,
        url: z.string().nullable().describe('Presigned: its first composite, small, or its photo; null: none yet.'),
      }),
    ),
  }),
  example: {
    query: { ids: id },
    answer: { covers: [{ id, url: shown(`thumbs/${theme}/${sku}/${imageSha256}_1x1_1_400.jpg`).url }] },
  },
});

export const pictureRoutes = table(listProductPictures, listProductCovers);
