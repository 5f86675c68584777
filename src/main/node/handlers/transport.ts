import type { TaskDispatch } from '../../../kinds/task/application/application.ts';
import { leaseView, storeReports, takenView } from '../../../kinds/task/rest/work.ts';
import type { WorkTransport } from '../../../kinds/task/worker/index.ts';

/** For a worker in the server's own process: it asks the application without a connection. */
export function createEmbeddedTransport(work: TaskDispatch): WorkTransport {
  return {
    async take({ waitMs = 0, leaseMs = 10_000, inputSchemas, ...request }, signal) {
      if (inputSchemas !== undefined) await work.describe(inputSchemas);
      const taken = await work.take({ ...request, waitMs, leaseMs, signal });
      if (!taken.ok) throw new Error(taken.refusal.message);
      return { tasks: taken.value.map(takenView), now: new Date(work.now()).toISOString() };
    },
    // As over HTTP: what would not be let through there does not come in here either.
    report: async ({ workerId, reports }) => ({ outcomes: await storeReports(work, workerId, reports) }),
    async heartbeat({ leaseMs = 10_000, ...request }) {
      return { leases: (await work.renew({ ...request, leaseMs })).map(leaseView) };
    },
  };
}
