import * as api from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { vi, expect } from 'vitest';
import { AsyncContexts } from '../../src/main/node/tracing/async-contexts.ts';
import { tracerOver, type OpenTelemetryApi } from '../../src/worker/open-telemetry.ts';

const exporter = new InMemorySpanExporter();

/** What a program that traces has, its spans in memory. For one file of tests, which has a process of its own. */
export function traceHere(runsAreParts = false) {
  api.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  api.context.setGlobalContextManager(new AsyncContexts(api.ROOT_CONTEXT));
  return { api: api as unknown as OpenTelemetryApi, tracer: tracerOver(api as never, runsAreParts) };
}

/** The spans of that name, once there are so many. */
export async function spansOf(name: string, count = 1): Promise<ReadableSpan[]> {
  return vi.waitFor(() => {
    const found = [...allSpans(name)];
    expect(found, name).toHaveLength(count);
    return found;
  }, { timeout: 20_000, interval: 20 });
}

export function allNames(): readonly string[] {
  return exporter.getFinishedSpans().map(({ name }) => name);
}

/** Those of that name that there are by now. */
export function allSpans(name: string): readonly ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.name === name);
}
