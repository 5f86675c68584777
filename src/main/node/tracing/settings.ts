/** The usual name of the service of a worker, in whatever process. */
export const workerService = 'waybill-worker';

/** What the standard variables of OpenTelemetry say: https://opentelemetry.io/docs/specs/otel/configuration/ */
export interface TracingSettings {
  /** Where spans are sent by OTLP over HTTP. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
  /** See `Tracer.runsAreParts`. */
  readonly runsAreParts: boolean;
  /** For one batch to be taken; absent: the package's own. */
  readonly time: { readonly timeoutMillis?: number };
  /** Of the queue of spans; absent: the package's own. */
  readonly batch: {
    readonly scheduledDelayMillis?: number;
    readonly exportTimeoutMillis?: number;
    readonly maxQueueSize?: number;
    readonly maxExportBatchSize?: number;
  };
}

const samplers = [
  'always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof samplers)[number];

type Env = Readonly<Record<string, string | undefined>>;

/** Null when nothing is to be traced. `warn` is told of what is set and cannot be done. */
export function readTracingSettings(
  env: Env,
  { service, version, warn }: {
    readonly service: string; readonly version: string; readonly warn: (message: string) => void;
  },
): TracingSettings | null {
  const endpoint = textOf(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const ofTraces = textOf(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  if (endpoint === null && ofTraces === null) return null;
  if (/^true$/i.test(env['OTEL_SDK_DISABLED'] ?? '') || textOf(env, 'OTEL_TRACES_EXPORTER') === 'none') return null;
  const url = ofTraces ?? `${endpoint?.replace(/\/+$/, '')}/v1/traces`;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    warn(`Nothing is traced: OTEL_EXPORTER_OTLP_ENDPOINT is "${endpoint ?? ofTraces}", and must be an http(s) URL.`);
    return null;
  }
  const protocol = textOf(env, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? textOf(env, 'OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol !== null && protocol !== 'http/protobuf') {
    warn(`OTEL_EXPORTER_OTLP_PROTOCOL is "${protocol}": spans are sent by http/protobuf, the only one there is.`);
  }
  return {
    url,
    headers: {
      ...pairsOf(textOf(env, 'OTEL_EXPORTER_OTLP_HEADERS')),
      ...pairsOf(textOf(env, 'OTEL_EXPORTER_OTLP_TRACES_HEADERS')),
    },
    resource: {
      'service.name': service, 'service.version': version, ...pairsOf(textOf(env, 'OTEL_RESOURCE_ATTRIBUTES')),
      ...(textOf(env, 'OTEL_SERVICE_NAME') !== null && { 'service.name': textOf(env, 'OTEL_SERVICE_NAME')! }),
    },
    sampler: samplerOf(env, warn),
    runsAreParts: /^true$/i.test(env['OTEL_WAYBILL_PARENT'] ?? ''),
    time: numberOf(env, 'OTEL_EXPORTER_OTLP_TIMEOUT', 'timeoutMillis'),
    batch: {
      ...numberOf(env, 'OTEL_BSP_SCHEDULE_DELAY', 'scheduledDelayMillis'),
      ...numberOf(env, 'OTEL_BSP_EXPORT_TIMEOUT', 'exportTimeoutMillis'),
      ...numberOf(env, 'OTEL_BSP_MAX_QUEUE_SIZE', 'maxQueueSize'),
      ...numberOf(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 'maxExportBatchSize'),
    },
  };
}

/** Empty is as good as not set. */
function textOf(env: Env, name: string): string | null {
  const text = env[name]?.trim() ?? '';
  return text === '' ? null : text;
}

/** `name=value,other=value`, percent-encoded. */
function pairsOf(text: string | null): Record<string, string> {
  const pairs = (text ?? '').split(',').flatMap((each) => {
    const at = each.indexOf('=');
    return at < 1 ? [] : [[each.slice(0, at).trim(), decoded(each.slice(at + 1).trim())] as const];
  });
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function samplerOf(env: Env, warn: (message: string) => void): TracingSettings['sampler'] {
  const name = textOf(env, 'OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  const argument = textOf(env, 'OTEL_TRACES_SAMPLER_ARG');
  const ratio = argument === null ? 1 : Number(argument);
  const known = samplers.find((one) => one === name);
  if (known === undefined) warn(`OTEL_TRACES_SAMPLER is "${name}": it must be one of ${samplers.join(', ')}.`);
  const isRatio = ratio >= 0 && ratio <= 1;
  if (!isRatio) warn(`OTEL_TRACES_SAMPLER_ARG is "${argument}": it must be a number from 0 to 1.`);
  return { name: known ?? 'parentbased_always_on', ratio: isRatio ? ratio : 1 };
}

function numberOf<N extends string>(env: Env, name: string, property: N): { readonly [K in N]?: number } {
  const value = Number(textOf(env, name) ?? Number.NaN);
  return (Number.isInteger(value) && value > 0 ? { [property]: value } : {}) as { readonly [K in N]?: number };
}
