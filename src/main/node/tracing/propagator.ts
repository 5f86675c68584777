import type { TextMapPropagator } from '@opentelemetry/api';
import { readTraceparent } from '../../../domain/trace.ts';

type Api = typeof import('@opentelemetry/api');

const [header, stateHeader] = ['traceparent', 'tracestate'] as const;

/** By which what handlers call with a traced client learns of their span. */
export function traceparentPropagator({ trace, createTraceState }: Api): TextMapPropagator {
  return {
    inject(context, carrier, setter) {
      const span = trace.getSpanContext(context);
      if (span === undefined) return;
      const flags = span.traceFlags.toString(16).padStart(2, '0');
      setter.set(carrier, header, `00-${span.traceId}-${span.spanId}-${flags}`);
      const state = span.traceState?.serialize() ?? '';
      if (state !== '') setter.set(carrier, stateHeader, state);
    },
    extract(context, carrier, getter) {
      const given = [getter.get(carrier, header)].flat()[0];
      const read = readTraceparent(given ?? null);
      if (read === null || given === undefined) return context;
      const state = [getter.get(carrier, stateHeader)].flat().filter((each) => each !== undefined).join(',');
      const traceFlags = Number.parseInt(given.slice(53, 55), 16);
      return trace.setSpanContext(context, {
        ...read, traceFlags, isRemote: true, ...(state !== '' && { traceState: createTraceState(state) }),
      });
    },
    fields: () => [header, stateHeader],
  };
}
