import { StudioFailure } from '../../../ports/studio.ts';
import { ImageRejected } from '../rejection.ts';

/** What a person is told of a picture that was rejected. `what`: "photo", "mask", "background". */
export function asStudioFailure(error: unknown, what: string): unknown {
  if (!(error instanceof ImageRejected)) return error;
  const code = error.code === 'timeout' ? 'COMPOSITE_FAILED'
    : error.code === 'no_mask' ? 'QUALITY_CHECK_FAILED' : 'INVALID_IMAGE';
  const message = what === 'photo' ? error.message : `The ${what} cannot be used. ${error.message}`;
  return new StudioFailure(code, message, { cause: error });
}

/** `message`: a sentence that says what is wrong and what to do. */
export const unfit = (message: string): StudioFailure => new StudioFailure('QUALITY_CHECK_FAILED', message);
