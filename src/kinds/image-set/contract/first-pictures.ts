import * as z from 'zod';
import { count, jobId, jobIds, limits } from '../../../contract/fields.ts';
import { defineRoute } from '../../../contract/route.ts';

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const url = z.string().nullable();
const example = (path: string): string => `https://waybill.example/objects/${path}?X-Amz-Signature=70ae…`;

export const listFirstPictures = defineRoute({
  name: 'listFirstPictures',
  method: 'GET',
  path: '/api/image-sets/pictures',
  auth: 'user',
  tag: 'Image sets',
  summary: 'Show the first pictures of several image sets',
  description: 'For a page of a list: one request for all of its sets. Ids of what you cannot see are left out.',
  query: z.object({
    ids: jobIds(50, 'At most 50 sets, separated by commas.'),
    first: count(12, 1).default(6).describe('How many pictures of each.'),
  }),
  answer: z.object({
    sets: z.array(
      z.object({
        id: jobId,
        pictures: z
          .array(
            z.object({
              idx: count(limits.items - 1),
              state: z.enum(['done', 'failed']).nullable().describe('Null: it has no result yet.'),
              previewUrl: url.describe('Presigned, of a small picture of the result.'),
              outputUrl: url.describe('Presigned, of the result.'),
              inputPreviewUrl: url.describe('Presigned, of a small picture of the photo.'),
              inputUrl: url.describe('Presigned, of the photo; null until its upload is confirmed, and once deleted.'),
            }),
          )
          .describe('Ordered by `idx`.'),
      }),
    ),
  }),
  example: {
    query: { ids: id, first: 1 },
    answer: {
      sets: [
        {
          id,
          pictures: [
            {
              idx: 0,
              state: 'done',
              previewUrl: example(`previews/mira/${id}/0_thumb.jpg`),
              outputUrl: example(`outputs/mira/${id}/0_result.png`),
              inputPreviewUrl: example(`previews/mira/${id}/0_input.jpg`),
              inputUrl: example(`inputs/mira/${id}/0.jpg`),
            },
          ],
        },
      ],
    },
  },
});
