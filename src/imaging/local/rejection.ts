export type RejectionCode =
  /** The bytes are no picture at all: empty, text, or of no known type. */
  | 'not_an_image'
  /** A picture or document of a type that is not taken, or an animated or far too narrow one. */
  | 'unsupported_type'
  /** More bytes or more pixels than the limits allow. */
  | 'too_large'
  /** A JPEG, PNG or WebP that cannot be decoded to its end. */
  | 'broken_image'
  /** What a concept or a protected name stands for cannot be located in this picture. */
  | 'no_mask'
  /** The concept itself makes no sense: an unknown value, a bad box, an action that cannot be done well. */
  | 'invalid_concept'
  /** The cut-out is doubtful, and the request does not say `force`. */
  | 'not_confident'
  /** The time limit ran out. */
  | 'timeout';

/**
 * Why one picture was not restyled. The message is shown to the person as the item's error: one sentence that says
 * what is wrong and what to do. Anything else that is thrown is a fault of the program, not of the picture.
 */
export class ImageRejected extends Error {
  override readonly name = 'ImageRejected';
  readonly code: RejectionCode;
  /** WebP, at most 400 pixels a side: what was found so far, shown over the photo. */
  readonly preview: Uint8Array | undefined;
  /** WebP of the photo as it came, at most 400 pixels a side; absent where it could not be decoded. */
  inputPreview?: Uint8Array;
  /** Of `not_confident`: how doubtful it is, 0..1. */
  readonly confidence: number | undefined;

  constructor(
    code: RejectionCode,
    message: string,
    options: ErrorOptions & { readonly preview?: Uint8Array; readonly confidence?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.preview = options.preview;
    this.confidence = options.confidence;
  }
}

export const invalid = (message: string): ImageRejected => new ImageRejected('invalid_concept', message);
export const noMask = (message: string): ImageRejected => new ImageRejected('no_mask', message);
