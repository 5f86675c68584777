import { tracerOver, type OpenTelemetryApi } from '../../../worker/open-telemetry.ts';
import type { Tracer } from '../../../domain/trace.ts';
import { AsyncContexts } from './async-contexts.ts';
import { readTracingSettings, type TracingSettings } from './settings.ts';
import { traceparentPropagator } from './propagator.ts';

export interface Tracing {
  /** Where spans are sent. */
  readonly url: string;
  readonly api: OpenTelemetryApi;
  readonly tracer: Tracer;
  /** What a line of the log that is written now has of the span that it is written in. */
  logFields(): { readonly trace_id: string; readonly span_id: string } | null;
  /** Sends what is left, for so long at most; 5,000 unless given. Milliseconds. */
  stop(withinMs?: number): Promise<void>;
}

/** In the order in which they are named to whoever has to install them. */
const packages = {
  '@opentelemetry/api': '1', '@opentelemetry/sdk-trace': '3', '@opentelemetry/resources': '3',
  '@opentelemetry/exporter-trace-otlp-proto': '0.301',
} as const;

/** For a collector that does not answer. */
const flushMs = 5_000;
/** Between two lines about it. */
const quietMs = 60_000;

/**
 * Sends spans to where the standard variables of OpenTelemetry say. Null when they say nothing, and nothing is loaded
 * then, or when the packages are not installed, of which `warn` is told.
 */
export async function startTracing(
  env: Readonly<Record<string, string | undefined>>,
  { warn, ...service }: {
    /** OTEL_SERVICE_NAME where that is not set. */
    readonly service: string;
    readonly version: string;
    readonly warn: (message: string) => void;
  },
): Promise<Tracing | null> {
  const settings = readTracingSettings(env, { ...service, warn });
  if (settings === null) return null;
  const sdk = await loadSdk(warn);
  return sdk && over(sdk, settings, warn);
}

type Sdk = NonNullable<Awaited<ReturnType<typeof loadSdk>>>;

async function loadSdk(warn: (message: string) => void) {
  try {
    const [api, trace, resources, exporter] = await Promise.all([
      import('@opentelemetry/api'), import('@opentelemetry/sdk-trace'), import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
    ]);
    return { api, trace, resources, exporter };
  } catch (error) {
    const names = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
    warn(
      `Nothing is traced: OTEL_EXPORTER_OTLP_ENDPOINT is set, but packages are missing: npm i ${names.join(' ')} ` +
        `(${(error as Error).message.split('\n', 1)[0]})`,
    );
    return null;
  }
}

function over({ api, trace, resources, exporter }: Sdk, settings: TracingSettings, warn: (m: string) => void): Tracing {
  const { url, headers, resource, batch, time } = settings;
  tellNowAndThen(api, warn);
  const provider = new trace.TracerProvider({
    resource: resources.defaultResource().merge(resources.resourceFromAttributes(resource)),
    sampler: samplerOf(trace, settings.sampler),
    spanProcessors: [
      new trace.BatchSpanProcessor({ exporter: new exporter.OTLPTraceExporter({ url, headers, ...time }), ...batch }),
    ],
  });
  // Where a program has begun to trace before, its own provider gets these spans too.
  api.context.setGlobalContextManager(new AsyncContexts(api.ROOT_CONTEXT).enable());
  api.propagation.setGlobalPropagator(traceparentPropagator(api));
  const isOurs = api.trace.setGlobalTracerProvider(provider);
  const stop = async (withinMs: number): Promise<void> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), withinMs)));
    const how = await Promise.race([provider.shutdown().catch(() => {}), late]);
    clearTimeout(timer);
    if (how === 'late' && withinMs > 0) warn(`spans are lost: ${url} did not take the last ones in time`);
    if (!isOurs) return;
    api.trace.disable();
    api.context.disable();
    api.propagation.disable();
  };
  let stopping: Promise<void> | null = null;
  return {
    url,
    api: api as unknown as OpenTelemetryApi,
    tracer: tracerOver(api as unknown as OpenTelemetryApi, settings.runsAreParts),
    logFields() {
      const span = api.trace.getActiveSpan()?.spanContext();
      return span === undefined ? null : { trace_id: span.traceId, span_id: span.spanId };
    },
    stop: (withinMs = flushMs) => (stopping ??= stop(withinMs)),
  };
}

/** A collector that cannot be reached is told of once a minute, however many spans are lost. */
function tellNowAndThen({ diag, DiagLogLevel }: Sdk['api'], warn: (message: string) => void): void {
  let toldAt = -Infinity;
  const ignore = (): void => {};
  diag.setLogger({
    error(...words: unknown[]) {
      if (performance.now() - toldAt < quietMs) return;
      toldAt = performance.now();
      warn(`spans are lost: ${words.map(String).join(' ').slice(0, 300)}`);
    },
    warn: ignore, info: ignore, debug: ignore, verbose: ignore,
  }, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
}

function samplerOf(sdk: Sdk['trace'], { name, ratio }: TracingSettings['sampler']) {
  const base = name.replace('parentbased_', '');
  const root = base === 'always_off' ? new sdk.AlwaysOffSampler()
    : base === 'traceidratio' ? new sdk.TraceIdRatioBasedSampler(ratio) : new sdk.AlwaysOnSampler();
  return name.startsWith('parentbased_') ? new sdk.ParentBasedSampler({ root }) : root;
}
