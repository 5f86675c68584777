/**
 * A shop holds the products that finished images are put on.
 *
 * Every method can be repeated after a crash. Methods throw ShopFailure if the shop fails or refuses,
 * InvariantViolation for a value outside its range (a bug in the caller), and the signal's reason once `signal` is
 * aborted.
 */

export interface Shop {
  /** "shopify". */
  readonly name: string;
  /** Checks whether the shop can be reached and grants what is needed. Changes nothing and never throws ShopFailure. */
  test(signal: AbortSignal): Promise<ShopHealth>;
  /**
   * The product with exactly this sku, 1 to 200 characters, upper and lower case told apart.
   *
   * @throws ShopFailure PRODUCT_NOT_FOUND when there is none, SKU_AMBIGUOUS when several products have it
   */
  findBySku(sku: string, signal: AbortSignal): Promise<ShopProduct>;
  /**
   * Puts an image on a product, and resolves when it is ready there. Once only: called again with the same product and
   * file name, it finds what an earlier call has made, in whatever state that was left.
   */
  addImage(image: ShopImage, on: ImageProgress, signal: AbortSignal): Promise<{ readonly mediaId: string }>;
}

export interface ShopHealth {
  readonly healthy: boolean;
  /** One sentence: what is wrong and what to do about it, or what was found. Never contains a secret. */
  readonly message: string;
}

export interface ShopProduct {
  /** The shop's own id: `gid://shopify/Product/1`. */
  readonly productId: string;
  readonly title: string;
  /** The sku as it was asked for. */
  readonly sku: string;
  /** Images that the product has, at most 250. */
  readonly images: readonly { readonly mediaId: string; readonly filename: string | null }[];
}

export interface ShopImage {
  readonly productId: string;
  /**
   * Tells this image from every other in the shop: 5 to 200 letters, digits, `_` and `-`, and the extension of the
   * content type. The same image must always get the same name.
   */
  readonly filename: string;
  readonly contentType: 'image/jpeg' | 'image/png' | 'image/webp';
  /** Text for screen readers; at most 512 characters. */
  readonly alt: string;
  /** At most 20 MiB. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What `fileCreated` told an earlier call; null if that is not known. */
  readonly knownFileId: string | null;
}

export interface ImageProgress {
  /** The shop has made a file, which is not on the product yet. Storing its id saves the next call a search. */
  fileCreated(fileId: string): Promise<void>;
  /** Awaited before the image, ready by then, is put on the product: for an order of several. Absent: at once. */
  turn?(): Promise<void>;
}

export type ShopFailureCode =
  /** No product has the sku. */
  | 'PRODUCT_NOT_FOUND'
  /** Several products have the sku: in the shop, all but one need another. */
  | 'SKU_AMBIGUOUS'
  /** The shop did not answer in time, or an image was not ready in time. */
  | 'PROVIDER_TIMEOUT'
  /** The shop's limit of requests was reached, and waiting for it took too long. */
  | 'PROVIDER_RATE_LIMITED'
  /** Anything else: the message says what. */
  | 'SHOPIFY_PUSH_FAILED';

export class ShopFailure extends Error {
  override readonly name = 'ShopFailure';
  readonly code: ShopFailureCode;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
  /** How long the shop wants to be left alone, in milliseconds; null if it did not say. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ShopFailureCode,
    message: string,
    options: { readonly retryable: boolean; readonly retryAfterMs?: number | null; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}
