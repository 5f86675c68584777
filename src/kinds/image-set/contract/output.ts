import * as z from 'zod';
import { count } from '../../../contract/fields.ts';
import { outputFormats } from '../domain/output.ts';

export const output = z
  .object({
    format: z.enum(outputFormats).default('png').describe('Only PNG and WebP can be transparent.'),
    background: z
      .string()
      .regex(/^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/, { error: 'must be a colour such as #ffffff' })
      .exactOptional()
      .describe('Of a JPEG: the colour behind transparent parts. Default: `#ffffff`.'),
    quality: count(100, 1).exactOptional().describe('Of a JPEG or WebP. Default: 90.'),
  })
  .meta({ id: 'Output', description: 'The file that is made of each photo.' });

export const force = z
  .boolean()
  .describe('Deliver results even where the worker doubts them; without it, such items fail with `not_confident`.');
