import type { WakeUp } from '../../application/wake-up.ts';
import type { KindGauge, KindRuntime } from '../../services/kind-runtime.ts';
import { createLoop, type Service } from '../../services/service.ts';
import { task } from './domain/kind.ts';
import type { TaskDependencies } from './application/dependencies.ts';
import { readRequest } from './rest/submission.ts';
import { createRequestRound } from './application/requests.ts';

/** What makes tasks of the requests that other programs store, where the store has such; and how to have it look. */
export function requestTaking(
  deps: TaskDependencies,
  wakeUp: WakeUp,
): { readonly notify: () => void; readonly parts: Pick<KindRuntime, 'services' | 'gauges'> } {
  const { store: { requests, wakeUps }, logger } = deps;
  const notify = (): void => wakeUp.notify();
  if (requests === undefined) return { notify, parts: {} };
  const round = createRequestRound({ deps, requests, read: readRequest });
  const loop = createLoop({ name: 'request-taking', logger, wakeUp, round });
  let stopListening = (): void => {};
  const service: Service = {
    ...loop,
    start() {
      stopListening = wakeUps?.listen((topic) => (topic === 'requests' || topic === null) && notify()) ?? (() => {});
      loop.start();
    },
    stop() {
      stopListening();
      return loop.stop();
    },
  };
  const gauge = (state: 'waiting' | 'refused', help: string): KindGauge => ({
    name: `waybill_task_requests_${state}`, help, read: async () => (await requests.counts(task.name))[state],
  });
  const gauges = [
    gauge('waiting', 'Requests of other programs for tasks, whose turn has not come'),
    gauge('refused', 'Requests of other programs for tasks that were refused'),
  ];
  return { notify, parts: { services: [service], gauges } };
}
