import type { TaskDispatch } from '../../../kinds/task/application/application.ts';
import { takenView } from '../../../kinds/task/rest/taken-view.ts';
import { childOf, childView, leaseView, storeReports } from '../../../kinds/task/rest/work.ts';
import { errorTraits, type ErrorCode } from '../../../contract/errors.ts';
import { createReader } from '../../../contract/input/reader.ts';
import { RequestError } from '../../../http/request-error.ts';
import { startChildTasks } from '../../../kinds/task/contract/work.ts';
import { sentenceOf } from '../../../kinds/task/typed/schema.ts';
import type { WorkTransport } from '../../../kinds/task/worker/index.ts';

const childrenReader = createReader(startChildTasks);

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
    async startChildren({ workerId, leaseId, tasks }) {
      const read = childrenReader.body({ workerId, leaseId, tasks });
      if (!read.ok) throw refusal('invalid_request', sentenceOf(read.fields));
      const started = await work.startChildren(workerId, leaseId, read.value.tasks.map(childOf));
      if (!started.ok) throw refusal(started.refusal.code, started.refusal.message);
      return started.value.map(childView);
    },
    async heartbeat({ leaseMs = 10_000, ...request }) {
      return { leases: (await work.renew({ ...request, leaseMs })).map(leaseView) };
    },
  };
}

/** As a request over HTTP fails. */
function refusal(code: ErrorCode, message: string): RequestError {
  return new RequestError('refused it', { code, reason: message, retryable: errorTraits[code].retryable });
}
