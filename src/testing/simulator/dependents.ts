import { dependentsTopic } from '../../domain/job/dependencies.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import type { Lifecycle } from '../../domain/lifecycle.ts';

/** What a job has to say to those that wait for it: one message for each time that it ended with somebody waiting. */
export function messagesToDependents(
  lifecycle: Pick<Lifecycle, 'isTerminal'>,
  events: readonly RecordedEvent[],
): readonly string[] {
  let isWaitedFor = false;
  return events.flatMap(({ body }) => {
    if (body.type === 'DependentAdded') isWaitedFor = true;
    if (!isWaitedFor || body.state === undefined || !lifecycle.isTerminal(body.state)) return [];
    isWaitedFor = false;
    return [dependentsTopic];
  });
}
