/** What a look at one part found. */
export interface Finding {
  readonly part: string;
  /** fail: a server would not start, or not do its work. warn: it does, and something should be seen to. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do; null when there is nothing to do. */
  readonly advice: string | null;
}

export function ok(part: string, message: string): Finding {
  return { part, status: 'ok', message, advice: null };
}

export function warn(part: string, message: string, advice: string): Finding {
  return { part, status: 'warn', message, advice };
}

export function fail(part: string, message: string, advice: string): Finding {
  return { part, status: 'fail', message, advice };
}

export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error };
  const inner = cause?.message ?? '';
  return inner === '' || message.includes(inner) ? message : `${message}: ${inner}`;
}
