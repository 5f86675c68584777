/** Thrown by a handler whose task would fail again: no attempt follows. */
export class DoNotRetry extends Error {
  override readonly name = 'DoNotRetry';
}

/** Thrown by a handler that knows when the next attempt makes sense, whatever the task's backoff. */
export class RetryAfter extends Error {
  override readonly name = 'RetryAfter';
  /** Milliseconds from now, 0 to 30 days. */
  readonly ms: number;

  constructor(ms: number, message = 'To be tried again later.', options?: ErrorOptions) {
    super(message, options);
    this.ms = ms;
  }
}

/** Reason of `ctx.signal`: somebody canceled the task. */
export class CanceledError extends Error {
  override readonly name = 'CanceledError';
}

/** Reason of `ctx.signal`: the attempt's time is over. It has failed, and may be retried. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** Reason of `ctx.signal`: the worker has to stop now. The task is returned unless the handler still ends. */
export class ShutdownError extends Error {
  override readonly name = 'ShutdownError';
}

/** Reason of `ctx.signal`: another worker has the task, or may have it. What this one says counts no more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/**
 * Reason of `ctx.signal`, and what `ctx.run` and `ctx.sleep` reject with: the attempt goes on later. Let it through;
 * whatever a handler still does after it is not heard.
 */
export class SuspendedError extends Error {
  override readonly name = 'SuspendedError';
  /** Ids of the tasks that have to end before. */
  readonly waitsFor: readonly string[];
  /** No earlier than then; milliseconds since 1970. */
  readonly until: number;

  constructor(waitsFor: readonly string[], until: number) {
    super('The attempt is interrupted: it goes on when what it waits for has come.');
    this.waitsFor = waitsFor;
    this.until = until;
  }
}

/** The stop of a handler by its name, as another process tells it. */
export function stopReason(name: string, message: string): Error {
  const all = { CanceledError, TimeoutError, ShutdownError, LeaseLostError };
  const Known = Object.hasOwn(all, name) ? all[name as keyof typeof all] : CanceledError;
  return new Known(message);
}
