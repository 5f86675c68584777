/** For `retryAfterSeconds`: whole seconds until a time, at least one. Times are in milliseconds. */
export function secondsUntil(at: number, now: number): number {
  return Math.max(1, Math.ceil((at - now) / 1_000));
}
