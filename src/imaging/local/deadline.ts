import { ImageRejected } from './rejection.ts';

/**
 * The end of one picture's time. It is asked between steps: a step (one inference, one pass over the pixels) cannot
 * be interrupted, so a picture may overrun by its longest step, about two seconds at the largest size.
 */
export interface Deadline {
  /** Throws `timeout` when the time is up, or the signal's reason when it was aborted. */
  check(): void;
  /** Whole seconds left, at least 1: what the decoder is given as its own limit. */
  secondsLeft(): number;
}

export function deadlineIn(milliseconds: number, signal: AbortSignal | undefined): Deadline {
  const end = performance.now() + milliseconds;
  return {
    check() {
      signal?.throwIfAborted();
      if (performance.now() >= end) throw timedOut(milliseconds);
    },
    secondsLeft: () => Math.max(1, Math.ceil((end - performance.now()) / 1000)),
  };
}

export function timedOut(milliseconds: number): ImageRejected {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  return new ImageRejected(
    'timeout',
    `The picture took longer than the ${seconds} s it may take: upload a smaller version of it.`,
  );
}
