import type { WorkDispatch } from '../../../application/task-application.ts';
import { Problems } from '../../../contract/input/problems.ts';
import { checkJson } from '../../../contract/input/text.ts';
import { leaseView, outcomeView, reportOf, takenView } from '../../../transports/rest/handlers/work.ts';
import type { WorkTransport } from '../../../worker/tasks/index.ts';

type Sent = Parameters<WorkTransport['report']>[0]['reports'][number];
type Outcome = Awaited<ReturnType<WorkTransport['report']>>['outcomes'][number];

/** For a worker in the server's own process: it asks the application without a connection. */
export function createEmbeddedTransport(work: WorkDispatch): WorkTransport {
  return {
    async take({ waitMs = 0, leaseMs = 10_000, ...request }, signal) {
      const taken = await work.take({ ...request, waitMs, leaseMs, signal });
      if (!taken.ok) throw new Error(taken.refusal.message);
      return { tasks: taken.value.map(takenView), now: new Date().toISOString() };
    },
    async report({ workerId, reports }) {
      // What HTTP would not let through does not come in here either.
      const problems = reports.map(unstorable);
      const storable = reports.filter((_, index) => problems[index] === null);
      const results = await work.report(workerId, storable.map((report) => reportOf(withDefaults(report))));
      let next = 0;
      const outcomes = problems.map((problem): Outcome => {
        if (problem === null) return outcomeView(results[next++]!);
        return { ok: false, error: { code: 'invalid_request', message: problem } };
      });
      return { outcomes };
    },
    async heartbeat({ leaseIds, leaseMs = 10_000 }) {
      return { leases: (await work.extend(leaseIds, leaseMs)).map(leaseView) };
    },
  };
}

/** What is wrong with it, in words. A result is kept as it is; texts for people are repaired. */
function unstorable(report: Sent): string | null {
  const problems = new Problems();
  if (report.type === 'complete') checkJson(report.result, 'result', 'refuse', problems);
  else checkJson(report, '', 'repair', problems);
  const [first] = Object.entries(problems.fields());
  return first === undefined ? null : `${first[0]} ${first[1]}.`;
}

function withDefaults(report: Sent): Parameters<typeof reportOf>[0] {
  switch (report.type) {
    case 'complete':
      return { ...report, result: report.result ?? null };
    case 'fail':
      return { ...report, retry: report.retry ?? true, retryAfterMs: report.retryAfterMs ?? null };
    case 'progress':
      return { ...report, total: report.total ?? null };
    case 'error':
      return { ...report, item: report.item ?? null };
    default:
      return report;
  }
}
