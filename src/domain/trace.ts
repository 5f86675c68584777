/**
 * Spans, by which one follows a request through several programs, as OpenTelemetry has them. A traceparent is that of
 * W3C Trace Context: https://www.w3.org/TR/trace-context/#traceparent-header
 */
export interface Tracer {
  /** Whether the run of a job is a part of the trace in which the job was submitted, or of one of its own. */
  readonly runsAreParts: boolean;
  /** One that is never ended is never told of. */
  start(span: NewSpan): Span;
  /** Runs `work` inside the span: spans and lines of the log that begin in it, whenever, belong to it. */
  within<T>(span: Span, work: () => T): T;
  /** Traceparent of the span that this runs in; null: it runs in none. */
  current(): string | null;
}

export interface NewSpan {
  readonly name: string;
  /** `internal`: neither asked for from elsewhere nor asking somebody. */
  readonly kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal';
  /** Traceparent of the span that it is a part of; null: it is the first of its trace. Absent: what it runs in. */
  readonly parent?: string | null;
  /** Traceparents of spans of other traces that it has to do with. */
  readonly links?: readonly string[];
  readonly attributes?: SpanAttributes;
  /** When it began; now if absent. Milliseconds since 1970. */
  readonly at?: number;
}

export interface Span {
  readonly traceparent: string;
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** Traceparents of spans of other traces that it turns out to have to do with. */
  link(traceparents: readonly string[]): void;
  /** What went wrong in it. `type`: what programs know it by, one of few. */
  fail(type: string, message?: string): void;
  /** Now, or at that time. Milliseconds since 1970. */
  end(at?: number): void;
}

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** What a traceparent says. */
export interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** Null when the text is no traceparent. */
export function readTraceparent(text: string | null): SpanContext | null {
  const match = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/.exec(text ?? '');
  return match && { traceId: match[1]!, spanId: match[2]!, traceFlags: Number.parseInt(match[3]!, 16) };
}

export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** The consumer span of work on a job. `at`: when it began; now if absent. Milliseconds since 1970. */
export function startProcessing(
  tracer: Tracer,
  { id, kind, type, traceparent }: {
    readonly id: string; readonly kind: string; readonly type: string; readonly traceparent: string | null;
  },
  attributes: SpanAttributes,
  at?: number,
): Span {
  return tracer.start({
    name: `process ${type === '' ? kind : type}`, kind: 'consumer', ...(at !== undefined && { at }),
    ...relationTo(tracer, traceparent),
    attributes: {
      ...messageAttributes({ name: 'process', type: 'process' }, { kind, type }), 'messaging.message.id': id,
      ...attributes,
    },
  });
}

/** How a run has to do with the span in which its job was submitted; null: that is not known. */
export function relationTo(
  { runsAreParts }: Pick<Tracer, 'runsAreParts'>,
  submitted: string | null,
): Required<Pick<NewSpan, 'parent' | 'links'>> {
  if (runsAreParts) return { parent: submitted, links: [] };
  return { parent: null, links: submitted === null ? [] : [submitted] };
}

/** Of a message about a job, as semantic conventions for messaging have it. */
export function messageAttributes(
  operation: { readonly name: string; readonly type: 'send' | 'process' | 'receive' },
  { kind, type }: { readonly kind: string; readonly type: string },
): SpanAttributes {
  return {
    'messaging.system': 'waybill', 'messaging.operation.name': operation.name,
    'messaging.operation.type': operation.type, 'messaging.destination.name': type === '' ? kind : type,
    'waybill.job.kind': kind,
  };
}
