import type { TextMapPropagator } from '@opentelemetry/api';
import { readTraceparent, traceparentOf } from '../../../domain/trace.ts';

type Api = typeof import('@opentelemetry/api');

const [header, stateHeader] = ['traceparent', 'tracestate'] as const;

/** By which what handlers call with a traced client learns of their span. */
export function traceparentPropagator({ trace, createTraceState }: Api): TextMapPropagator {
  return {
    inject(context, carrier, setter) {
      const span = trace.getSpanContext(context);
      if (span === undefined) return;
      setter.set(carrier, header, traceparentOf(span));
      const state = span.traceState?.serialize() ?? '';
      if (state !== '') setter.set(carrier, stateHeader, state);
    },
    extract(context, carrier, getter) {
      const read = readTraceparent([getter.get(carrier, header)].flat()[0] ?? null);
      if (read === null) return context;
      const state = [getter.get(carrier, stateHeader)].flat().filter((each) => each !== undefined).join(',');
      return trace.setSpanContext(context, {
        ...read, isRemote: true, ...(state !== '' && { traceState: createTraceState(state) }),
      });
    },
    fields: () => [header, stateHeader],
  };
}
