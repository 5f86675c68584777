import type { NewSpan, Span } from '../../../domain/trace.ts';
import type { TakenJob } from './transport.ts';

/** Of a request that may bring tasks. */
export function receiving(types: readonly string[]): NewSpan {
  const [only] = types;
  return {
    name: 'receive', kind: 'client', parent: null,
    attributes: {
      'messaging.system': 'waybill', 'messaging.operation.name': 'receive', 'messaging.operation.type': 'receive',
      ...(only !== undefined && types.length === 1 && { 'messaging.destination.name': only }),
    },
  };
}

/** More than most backends show of one span. */
const mostLinks = 100;

/** Linked to the spans in which the tasks were sent, each once. */
export function endReceiving(span: Span, tasks: readonly TakenJob[]): void {
  const sent = new Set(tasks.flatMap(({ traceparent }) => traceparent ?? []));
  span.link([...sent].slice(0, mostLinks));
  span.set({ 'messaging.batch.message_count': tasks.length });
  span.end();
}
