import type { AnyKind } from '../../domain/job/kind.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import { messageAttributes, type Span, type Tracer } from '../../domain/trace.ts';

interface Send {
  readonly span: Span;
  jobs: number;
  lastId: string;
}

/**
 * The producer spans of one batch: jobs of a type that one request submits share one. A job keeps that of its own as
 * its traceparent. The span is told of once its jobs are stored; what is decided again has another.
 */
export class Sends {
  readonly #tracer: Tracer;
  readonly #open = new Map<string, Send>();
  readonly #byTraceparent = new Map<string, Send>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** The traceparent of a job that is being made. `given`: that of its request. */
  traceparentOf(kind: Pick<AnyKind, 'name' | 'internal'>, type: string, given: string | null): string | null {
    if (kind.internal) return given;
    const name = `${given} ${kind.name}/${type}`;
    const known = given === null ? undefined : this.#open.get(name);
    if (known !== undefined) return known.span.traceparent;
    const span = this.#tracer.start({
      name: `send ${type === '' ? kind.name : type}`, kind: 'producer', parent: given,
      attributes: messageAttributes({ name: 'submit', type: 'send' }, { kind: kind.name, type }),
    });
    const send = { span, jobs: 0, lastId: '' };
    this.#open.set(name, send);
    this.#byTraceparent.set(span.traceparent, send);
    return span.traceparent;
  }

  /** The command that made them was not refused. */
  accept(events: readonly RecordedEvent[]): void {
    for (const { sequence, jobId, body } of events) {
      if (sequence !== 1 || !('traceparent' in body)) continue;
      const send = this.#byTraceparent.get(String(body.traceparent));
      if (send === undefined) continue;
      send.jobs += 1;
      send.lastId = jobId;
    }
  }

  /** They are stored. */
  end(): void {
    for (const { span, jobs, lastId } of this.#byTraceparent.values()) {
      if (jobs === 0) continue;
      span.set(jobs === 1 ? { 'messaging.message.id': lastId } : { 'messaging.batch.message_count': jobs });
      span.end();
    }
  }
}
