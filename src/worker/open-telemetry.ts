import {
  readTraceparent, traceparentOf, type NewSpan, type Span, type SpanContext, type Tracer,
} from '../domain/trace.ts';

/** What is used of `@opentelemetry/api`, so that nobody needs it who does not trace. */
export interface OpenTelemetryApi {
  readonly trace: {
    getTracer(name: string, version?: string): {
      startSpan(name: string, options: object, context: unknown): OpenTelemetrySpan;
    };
    setSpan(context: unknown, span: OpenTelemetrySpan): unknown;
    setSpanContext(context: unknown, spanContext: SpanContext): unknown;
    getActiveSpan(): OpenTelemetrySpan | undefined;
  };
  readonly context: {
    active(): unknown;
    with(context: unknown, work: () => unknown): unknown;
  };
  readonly ROOT_CONTEXT: unknown;
}

export interface OpenTelemetrySpan {
  spanContext(): SpanContext;
  updateName(name: string): unknown;
  setAttributes(attributes: object): unknown;
  addLinks?(links: object[]): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(at?: number): void;
}

/** Numbers of the API's enumerations. */
const kinds = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 } as const;
const errorStatus = 2;
const maxMessageLength = 500;

/** Over the API that a program gives, with what the environment says; null where it gives none. */
export function tracerOf(
  api: OpenTelemetryApi | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Tracer | null {
  return api === undefined ? null : tracerOver(api, env['OTEL_WAYBILL_PARENT'] === 'true');
}

/** Over whatever provider is registered with the API, or none. */
export function tracerOver(api: OpenTelemetryApi, runsAreParts: boolean): Tracer {
  const { trace, context, ROOT_CONTEXT } = api;
  const tracer = trace.getTracer('waybill');
  const contexts = new WeakMap<Span, unknown>();
  return {
    runsAreParts,
    start({ name, kind, parent, links = [], attributes = {}, at }) {
      const under = parent === undefined ? context.active() : underParent(trace, ROOT_CONTEXT, parent);
      const span = tracer.startSpan(name, {
        kind: kinds[kind], attributes, ...(at !== undefined && { startTime: at }),
        links: linksTo(links),
      }, under);
      const started = spanOver(span);
      contexts.set(started, trace.setSpan(under, span));
      return started;
    },
    within: (span, work) => context.with(contexts.get(span), work) as ReturnType<typeof work>,
    current() {
      const span = trace.getActiveSpan();
      return span === undefined ? null : traceparentOf(span.spanContext());
    },
  };
}

function underParent(trace: OpenTelemetryApi['trace'], root: unknown, parent: NewSpan['parent']): unknown {
  const remote = remoteOf(parent ?? null);
  return remote === null ? root : trace.setSpanContext(root, remote);
}

function remoteOf(traceparent: string | null): (SpanContext & { readonly isRemote: true }) | null {
  const read = readTraceparent(traceparent);
  return read && { ...read, isRemote: true };
}

function linksTo(traceparents: readonly string[]): { readonly context: SpanContext }[] {
  return traceparents.flatMap((each) => remoteOf(each) ?? []).map((each) => ({ context: each }));
}

function spanOver(span: OpenTelemetrySpan): Span {
  return {
    get traceparent() {
      return traceparentOf(span.spanContext());
    },
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(attributes),
    // An older API cannot.
    link: (traceparents) => void span.addLinks?.(linksTo(traceparents)),
    fail(type, message) {
      span.setAttributes({ 'error.type': type });
      span.setStatus({
        code: errorStatus, ...(message !== undefined && { message: message.slice(0, maxMessageLength) }),
      });
    },
    end: (at) => (at === undefined ? span.end() : span.end(at)),
  };
}
