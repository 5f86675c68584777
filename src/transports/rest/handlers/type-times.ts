import type { TypeTimes } from '../../../application/times/times.ts';
import { iso } from '../../../contract/times.ts';
import type { typeTimesRoutes } from '../../../contract/type-times.ts';
import type { HandlersFor } from '../serve.ts';
import { answering } from './results.ts';

export function typeTimesHandlers(times: TypeTimes): HandlersFor<typeof typeTimesRoutes> {
  return {
    listTypeTimes: ({ context, query: { kind } }) =>
      answering(times.list(context, kind), ({ from, types, truncated }) => ({
        from: iso(from), truncated,
        types: types.map(({ type, wait, run, ...of }) => ({ ...of, type: type || null, waitMs: wait, runMs: run })),
      })),
  };
}
