import type { ImageSetMessage } from './message.ts';

/**
 * Makes the new picture. Whatever image it is given, it has to look what sort it is and to bound what it
 * decodes: the bytes are as they came from the user.
 *
 * An error whose `name` is `ImageRejected` is the picture's fault: its message is told to the user, its `code` (1 to 64
 * of a-z, 0-9 and _) to programs, and its `preview`, a WebP that shows what is wrong, its `inputPreview`, one of the
 * photo, and its `confidence` are kept if it has them. Any other error is a fault of the worker's: it is logged, and
 * the photo fails with a general message.
 */
export type Restyle = (input: {
  readonly image: Uint8Array;
  readonly concepts: ImageSetMessage['concepts'];
  readonly protect: readonly string[];
  readonly force: boolean;
  readonly output: ImageSetMessage['output'];
  /** Aborted when the result is not wanted any longer. */
  readonly signal: AbortSignal;
}) => Promise<{
  readonly result: Uint8Array;
  /** The result's media type; `image/png` by default. */
  readonly resultType?: string;
  /** WebP. */
  readonly preview: Uint8Array;
  /** Of the photo as it came; WebP. */
  readonly inputPreview?: Uint8Array;
  /** How each part of the picture was found, by its name; logged. */
  readonly masks?: Readonly<Record<string, string>>;
  /** The probability (0..1) that what was cut out is right, null where nothing was. */
  readonly confidence?: number | null;
}>;
