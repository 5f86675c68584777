import type { Aspect, DerivativeFormat, Placement } from '../domain/scene.ts';

/**
 * A studio works on the pixels of product pictures: it looks at them, cuts products out and puts them on backgrounds.
 *
 * Nothing costs money, and nothing is kept between two calls: the same input gives the same bytes again. Bytes are not
 * changed by it. Methods throw StudioFailure, and the signal's reason once `signal` is aborted.
 */
export interface Studio {
  /** Decodes a picture to its end. Throws `INVALID_IMAGE` for what is none, or not whole. */
  inspect(picture: Uint8Array, signal: AbortSignal): Promise<InspectedPicture>;
  /**
   * Cuts the product out by its mask and takes the colours of the old background off its edge, after checking that a
   * picture for a shop can be made of it.
   */
  cutOut(order: CutOutOrder, signal: AbortSignal): Promise<CutOut>;
  /** Puts a cut-out product on one background, in each aspect. */
  compose(order: ComposeOrder, signal: AbortSignal): Promise<readonly Composite[]>;
  /** Makes smaller pictures of one. */
  derive(order: DeriveOrder, signal: AbortSignal): Promise<readonly Derivative[]>;
}

export interface InspectedPicture {
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  /** By what is in the file, whatever it was called. */
  readonly contentType: PictureType;
  readonly extension: 'jpg' | 'png' | 'webp' | 'avif';
}
export type PictureType = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/avif';

export interface CutOutOrder {
  /** As it came: JPEG, PNG, WebP or AVIF. */
  readonly original: Uint8Array;
  /**
   * A picture whose alpha is the mask, or, if it is opaque, one that is white where the product is. Of the upright
   * original's aspect ratio; it is scaled to its size.
   */
  readonly mask: Uint8Array;
}

export interface CutOut {
  /** A PNG (sRGB) of the upright original's size, transparent but for the product. */
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface ComposeOrder {
  /** As `cutOut` made it. */
  readonly cutOut: Uint8Array;
  /** JPEG, PNG, WebP or AVIF; cropped to each aspect. */
  readonly background: Uint8Array;
  readonly placement: Placement;
  /** At least one. */
  readonly aspects: readonly Aspect[];
}

/** JPEGs in sRGB. */
export interface Composite {
  readonly aspect: Aspect;
  /** Its longer side has 2,048 pixels. */
  readonly master: Uint8Array;
  /** The same picture with 400 pixels on its longer side. */
  readonly thumb: Uint8Array;
  /** Of the master, in pixels. */
  readonly width: number;
  readonly height: number;
}

export interface DeriveOrder {
  /** A master or a cut-out. */
  readonly picture: Uint8Array;
  /** Where a width exceeds the picture's own, the picture keeps its own. A JPEG of a cut-out is on white. */
  readonly wanted: readonly { readonly width: number; readonly format: DerivativeFormat }[];
}

export interface Derivative {
  readonly bytes: Uint8Array;
  readonly format: DerivativeFormat;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

export type StudioFailureCode =
  /** A file is no picture, not whole, or too large. The message says which. */
  | 'INVALID_IMAGE'
  /** What could be made is nothing for a shop. */
  | 'QUALITY_CHECK_FAILED'
  /** The studio failed: out of time or memory, or a crash. The same call may succeed later. */
  | 'COMPOSITE_FAILED';

export class StudioFailure extends Error {
  override readonly name = 'StudioFailure';
  readonly code: StudioFailureCode;

  /** `message`: for people, a sentence that says what is wrong and what to do. */
  constructor(code: StudioFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
