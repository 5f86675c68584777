import { backoffMs } from '../../../domain/retry.ts';

/** Why a job failed. */
export const errorCodes = [
  'DOWNLOAD_FAILED',
  'HASH_MISMATCH',
  'INVALID_IMAGE',
  'PRODUCT_NOT_FOUND',
  'SEGMENT_FAILED',
  'BG_GENERATION_FAILED',
  'COMPOSITE_FAILED',
  'QUALITY_CHECK_FAILED',
  'STORAGE_FAILED',
  'SHOPIFY_PUSH_FAILED',
  'PROVIDER_TIMEOUT',
  'PROVIDER_RATE_LIMITED',
  /** The whole job took longer than its time limit. */
  'TIMEOUT',
  'COST_LIMIT_EXCEEDED',
  'UNKNOWN',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** What older orchestrators say, and what is stored. */
export const olderCodes = {
  BG_FAILED: 'BG_GENERATION_FAILED',
  SHOPIFY_UPLOAD_FAILED: 'SHOPIFY_PUSH_FAILED',
  S3_UPLOAD_FAILED: 'STORAGE_FAILED',
  // That no attempt was left is the attempts' matter; why the last one failed is not known.
  MAX_RETRIES_EXCEEDED: 'UNKNOWN',
} as const satisfies Readonly<Record<string, ErrorCode>>;
export type OlderCode = keyof typeof olderCodes;

export function storedCode(code: ErrorCode | OlderCode): ErrorCode {
  return code in olderCodes ? olderCodes[code as OlderCode] : (code as ErrorCode);
}

/** The next attempt would fail for the same reason, or spend what must not be spent. */
const lasting: ReadonlySet<ErrorCode> = new Set([
  'HASH_MISMATCH', 'INVALID_IMAGE', 'PRODUCT_NOT_FOUND', 'QUALITY_CHECK_FAILED', 'COST_LIMIT_EXCEEDED',
]);

/** Whether another attempt may succeed without anybody changing anything. */
export function canPass(code: ErrorCode): boolean {
  return !lasting.has(code);
}

/**
 * How long to wait before retrying a job that was retried `attempt` times: 2 s, 4 s, 8 s … at most a minute, each
 * shortened by up to half. `random` in [0, 1); 0: in full. Milliseconds.
 */
export function retryDelayMs(attempt: number, random: number): number {
  return backoffMs({ firstMs: 2_000, maxMs: 60_000 }, attempt + 1, random);
}
