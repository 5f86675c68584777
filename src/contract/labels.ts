import * as z from 'zod';
import type { Labels } from '../domain/job/job.ts';
import { labelLimits } from '../domain/job/labels.ts';

/** What a query asks for by labels, each as `name:value`. */
export const labels = z
  .array(z.string().regex(/^[^:\u0000-\u001f\u007f]{1,63}:[^\u0000-\u001f\u007f]{0,255}$/, {
    error: 'must be name:value, the name with 1 to 63 characters, the value with up to 255',
  }))
  .min(1)
  .max(labelLimits.count)
  .transform((given) => given.map((label) => [label.slice(0, label.indexOf(':')), label.slice(label.indexOf(':') + 1)]))
  .refine((given) => new Set(given.map(([name]) => name)).size === given.length, {
    error: 'must not repeat a label',
  })
  .transform((given) => Object.fromEntries(given) as Labels)
  .describe('Of jobs with this label, as `name:value`; given several times, of those that have all of them.');
