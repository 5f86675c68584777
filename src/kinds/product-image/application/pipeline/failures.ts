import type { Performed } from '../../../../application/sagas/step.ts';
import type { SagaError } from '../../../../domain/saga/outcome.ts';
import { ImageProviderFailure } from '../../../../ports/image-provider.ts';
import { ObjectStoreFailure } from '../../../../ports/object-store.ts';
import { ShopFailure } from '../../../../ports/shop.ts';
import { outageBehind } from '../../../../ports/store/unreachable.ts';
import { StudioFailure } from '../../../../ports/studio.ts';
import { canPass, errorCodes, type ErrorCode } from '../../domain/error-codes.ts';

type Failed = Extract<Performed, { ok: false }>;

/** Why a step was not done. Thrown inside of steps. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly failed: Failed;

  constructor(code: ErrorCode, message: string, retryable = canPass(code)) {
    super(message);
    this.failed = { ok: false, code, message, retryable };
  }
}

/** The step is to wait: nothing has failed. */
export class StepPaused extends Error {
  override readonly name = 'StepPaused';
  readonly failed: Failed;

  constructor(message: string, retryInMs: number) {
    super(message);
    this.failed = { ok: false, code: 'paused', message, retryable: true, counts: false, retryInMs };
  }
}

/** What was thrown, as sagas say it. The code is one of ours, or none that a job ever fails with. */
export function failureOf(error: unknown): Failed {
  if (error instanceof StepFailure || error instanceof StepPaused) return error.failed;
  const { message } = error instanceof Error ? error : { message: String(error) };
  if (error instanceof ImageProviderFailure) return { ok: false, code: error.code, message, ...again(error) };
  if (error instanceof ShopFailure) {
    const code = error.code === 'SKU_AMBIGUOUS' ? 'PRODUCT_NOT_FOUND' : error.code;
    return { ok: false, code, message, ...again(error) };
  }
  if (error instanceof StudioFailure) return { ok: false, code: error.code, message, retryable: canPass(error.code) };
  if (error instanceof ObjectStoreFailure) {
    return { ok: false, code: 'STORAGE_FAILED', message, retryable: error.retryable };
  }
  // Whatever the job could be told of it cannot be stored now.
  const isOutage = outageBehind(error) !== null;
  return { ok: false, code: 'UNKNOWN', message, retryable: true, ...(isOutage && { counts: false }) };
}

/** Providers and shop have waited themselves for as long as they are patient; what they ask for beyond is kept. */
function again({ retryable, retryAfterMs }: { readonly retryable: boolean; readonly retryAfterMs: number | null }) {
  return { retryable, ...(retryAfterMs !== null && { retryInMs: retryAfterMs }) };
}

const maxMessageLength = 1_000;

/** As the job stores it. */
export function jobFailureOf({ code, message }: SagaError): { readonly code: ErrorCode; readonly message: string } {
  const known = errorCodes.find((one) => one === code);
  const ofRunner = code === 'timed_out' ? 'PROVIDER_TIMEOUT' : 'UNKNOWN';
  return { code: known ?? ofRunner, message: sentence(message).slice(0, maxMessageLength).toWellFormed() };
}

/** What adapters say completes a line of a log. */
function sentence(text: string): string {
  const whole = text.trim() || 'The step failed, and did not say why';
  const ended = /[.!?…)]$/.test(whole) ? whole : `${whole}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}
