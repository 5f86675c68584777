import type { ErrorFacts } from './types.ts';

/** These alone, of something that has more; what is not known is left out. */
export function errorFacts({ message, code, stack }: ErrorFacts): ErrorFacts {
  return { message, ...(code !== undefined && { code }), ...(stack !== undefined && { stack }) };
}
