import type { AccountReads } from '../../../ports/store/store.ts';
import type { Bindings } from '../bindings.ts';
import { accountOf } from '../others.ts';
import { heard } from '../said.ts';

type Found = Awaited<ReturnType<AccountReads['get']>>;

const freshMs = 60_000;
const mostKept = 10_000;

/** Accounts as their objects have them, asked for once a minute at most: a cell goes by their plans alone. */
export function createAccountLooks(env: Bindings): Pick<AccountReads, 'get'> {
  const kept = new Map<string, { readonly until: number; readonly found: Promise<Found> }>();
  const look = async (id: string): Promise<Found> => {
    const context = { caller: { userId: id, roles: ['user'] as const }, correlationId: id, traceparent: null };
    const shown = await heard(accountOf(env, id).show(context, id));
    return shown.ok ? shown.value.account : null;
  };
  return {
    get(id) {
      const known = kept.get(id);
      const now = Date.now();
      if (known !== undefined && known.until > now) return known.found;
      const found = look(id);
      kept.delete(id);
      kept.set(id, { until: now + freshMs, found });
      const [oldest] = kept.keys();
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
      return found;
    },
  };
}
