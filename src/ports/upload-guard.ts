import type { Refusal } from '../domain/errors.ts';

export interface UploadSize {
  /** Null: not announced. */
  readonly bytes: number | null;
  /** Of the object that goes for it; 0 when there is none. */
  readonly replaced: number;
}

/** Says what a signed URL cannot: whether the key may still be written now. For stores that answer their own URLs. */
export interface UploadGuard {
  /**
   * Why the key may not be written by URL, or null. Asked before the body is read. Cheap: whoever has a URL can use it
   * again and again.
   */
  problem(key: string, size: UploadSize): Promise<Refusal | null>;
  /** Why an upload is broken off half-way, or null. Asked with each piece. */
  halfway(key: string): Refusal | null;
  /**
   * As `problem`, once all of it is there and before it takes its place, since much may have happened meanwhile. Null
   * counts it as stored.
   */
  place(key: string, size: UploadSize & { readonly bytes: number }): Promise<Refusal | null>;
}
