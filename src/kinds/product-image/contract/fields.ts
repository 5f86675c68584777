import * as z from 'zod';
import { line } from '../../../contract/fields.ts';
import { maxProviderBytes } from '../../../domain/picture-limits.ts';
import { aspects } from '../../../domain/scene.ts';
import { maxVariants, skuProblem } from '../domain/keys.ts';
import { maxReportedUsd, microUsdOf } from '../domain/costs.ts';
import { errorCodes, olderCodes, type OlderCode } from '../domain/error-codes.ts';
import { productImageLifecycle } from '../domain/lifecycle.ts';

/** Fields that several routes of product images have. */

export const status = z.enum(productImageLifecycle.stateNames).describe('In the order of the lifecycle.');

/** Kept in lists: with its JSON, less than what lists leave out. */
export const messageLength = 1_000;
export const stackLength = 20_000;
/** Composites of one job. */
export const mostKeys = 300;

export const sku = z
  .string()
  .superRefine((text, context) => {
    const problem = skuProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ minLength: 1, maxLength: 200 })
  .describe('Printable characters but slash and backslash, up to 200 of them and 240 bytes of UTF-8.');

export const theme = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$/, { error: 'must be 1 to 50 letters, digits, hyphens and underscores' });

export const sha256 = z
  .string()
  .regex(/^[0-9A-Fa-f]{6,128}$/, { error: 'must be 6 to 128 hexadecimal digits' })
  .toLowerCase();

/** One decimal of a micro-dollar is none: costs are exact. */
export const cost = z
  .number()
  .min(0)
  .max(maxReportedUsd)
  .refine((usd) => microUsdOf(usd) !== null, { error: 'must have at most 6 decimals' })
  .exactOptional()
  .describe(`What the step cost. US dollars, at most ${maxReportedUsd}, with at most 6 decimals. Default: 0.`);

export const variant = z.int().min(1).max(maxVariants);
export const aspect = z.enum(aspects);

export const failCode = z
  .enum([...errorCodes, ...(Object.keys(olderCodes) as OlderCode[])])
  .describe('The older names at the end are stored as those of ours that they mean.');

export const providerJobId = line(500).describe("The provider's own id of its job.");
export const provider = line(100).exactOptional().describe('Who did it, for the record.');

export const mediaId = z
  .string()
  .regex(/^gid:\/\/shopify\/MediaImage\/[1-9]\d{0,19}$/, { error: 'must look like gid://shopify/MediaImage/123456' });
export const productId = z
  .string()
  .regex(/^gid:\/\/shopify\/Product\/[1-9]\d{0,19}$/, { error: 'must look like gid://shopify/Product/123456' });

/** Of the largest photo that is taken. */
export const maxPhotoBytes = maxProviderBytes;
