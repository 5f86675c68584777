import type { RequestContext } from '../../application/request.ts';

/**
 * An object's calls, for callers whose contexts have an audit note: that is alive, and is not copied. What a call
 * answers of somebody's says whose it is.
 */
export function plainCalls<Calls extends object>(calls: Calls): Calls {
  return new Proxy(calls, {
    get(_, name) {
      const call = calls[name as keyof Calls] as (...args: readonly unknown[]) => Promise<unknown>;
      return async (...args: readonly unknown[]) => {
        const note = (args[0] as Partial<RequestContext> | undefined)?.audit;
        if (note === undefined) return call(...args);
        const { audit: _audit, ...context } = args[0] as RequestContext;
        const answer = await call(context, ...args.slice(1));
        const ownerId = (answer as { readonly value?: { readonly ownerId?: string } | null } | null)?.value?.ownerId;
        if (ownerId !== undefined) note.of(ownerId);
        return answer;
      };
    },
  });
}
