import type { Refusal } from '../domain/errors.ts';

/** Says what a signed URL cannot: whether the key may still be written now. For stores that answer their own URLs. */
export interface UploadGuard {
  /**
   * Why the key may not be written by URL, or null. Asked before the body is read, and again once all of it is there,
   * before it takes its place: much may have happened meanwhile. Cheap: whoever has a URL can use it again and again.
   */
  problem(key: string): Promise<Refusal | null>;
}
