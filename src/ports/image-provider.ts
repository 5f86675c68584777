import type { Backdrop } from '../domain/scene.ts';
import type { PictureType } from './studio.ts';

/**
 * An image provider cuts products out and makes backgrounds, and may cost money for each call.
 *
 * A call is begun and its result fetched in two steps, so that the id can be stored in between: a crash then never
 * costs a second call. Methods throw ImageProviderFailure if the provider fails or refuses, InvariantViolation for a
 * value outside its range (a bug in the caller), and the signal's reason once `signal` is aborted.
 */

export interface ImageProvider {
  /** "replicate", or "local". */
  readonly name: string;
  /** Checks whether calls could be made now. Costs nothing and never throws ImageProviderFailure. */
  test(signal: AbortSignal): Promise<{ readonly healthy: boolean; readonly message: string }>;
  /** What the call will probably cost, in millionths of a US dollar, an integer. */
  estimateMicroUsd(call: ImageCall): number;
  /**
   * Begins a call, or finds the one that was begun with the same key and has not failed.
   *
   * `key`, 1 to 200 characters: the same for every attempt of one step of one job, and never that of another.
   */
  begin(call: ImageCall, key: string, signal: AbortSignal): Promise<{ readonly providerJobId: string }>;
  /** Waits for the end of the call and fetches what it made. */
  result(providerJobId: string, call: ImageCall, signal: AbortSignal): Promise<ImageResult>;
  /** Ends the call, if it has not ended. It may cost what it has used up. */
  cancel(providerJobId: string, signal: AbortSignal): Promise<void>;
}

export type ImageCall = SegmentCall | BackgroundsCall;

/** Gives one picture of the product whose alpha is its mask. */
export interface SegmentCall {
  readonly purpose: 'segment';
  readonly contentType: PictureType;
  /** The picture, at most `maxProviderBytes`; read only if it has to be sent. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Gives `variants` pictures of about the size; a model may round it. */
export interface BackgroundsCall {
  readonly purpose: 'backgrounds';
  readonly prompt: string;
  /** What is not to be seen; empty for nothing. */
  readonly negativePrompt: string;
  /** 1 to 4. */
  readonly variants: number;
  /** One for each variant, for providers that have no use for a prompt. */
  readonly backdrops: readonly Backdrop[];
  /** 256 to 2,048 pixels. */
  readonly width: number;
  /** 256 to 2,048 pixels. */
  readonly height: number;
  /** An integer, 0 to 2^31 - 1. */
  readonly seed: number;
}

export interface ImageResult {
  readonly outputs: readonly { readonly bytes: Uint8Array<ArrayBuffer>; readonly contentType: string }[];
  /** What the call cost, in millionths of a US dollar, an integer. */
  readonly costMicroUsd: number;
  /** Of a mask: the probability (0..1) that it is right; absent where the provider does not say. */
  readonly confidence?: number;
}

export type ImageProviderFailureCode =
  | 'SEGMENT_FAILED'
  | 'BG_GENERATION_FAILED'
  /** It did not answer in time, or the call did not end in time. */
  | 'PROVIDER_TIMEOUT'
  /** Its limit of requests was reached, and waiting for it took too long. */
  | 'PROVIDER_RATE_LIMITED';

export class ImageProviderFailure extends Error {
  override readonly name = 'ImageProviderFailure';
  readonly code: ImageProviderFailureCode;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
  /** How long the provider wants to be left alone, in milliseconds; null if it did not say. */
  readonly retryAfterMs: number | null;
  /** Whether the call has ended, so that another attempt has to begin a new one. */
  readonly callEnded: boolean;
  /** What the call cost all the same, in millionths of a US dollar; 0 if it has not ended. */
  readonly costMicroUsd: number;

  constructor(
    code: ImageProviderFailureCode,
    message: string,
    options: {
      readonly retryable: boolean;
      readonly retryAfterMs?: number | null;
      readonly callEnded?: boolean;
      readonly costMicroUsd?: number;
      readonly cause?: unknown;
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.callEnded = options.callEnded ?? false;
    this.costMicroUsd = options.costMicroUsd ?? 0;
  }
}
