import type { Metric, Registry } from 'prom-client';

export interface Sample {
  /** Absent: the metric's own name. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export interface OwnMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  samples(): readonly Sample[] | Promise<readonly Sample[]>;
}

/**
 * A metric whose values are made when they are asked for. What is counted thousands of times a second must not look up
 * its labels each time, as the library's own do.
 */
export function register(registry: Registry, { name, help, type, samples }: OwnMetric): void {
  const get = async () => ({ name, help, type, values: await samples(), aggregator: 'sum' });
  registry.registerMetric({ name, help, get, reset() {} } as unknown as Metric);
}

/** Those that have the same labels as one, in the order in which they come first. */
export function together(samples: Iterable<Sample>, merge = (a: number, b: number): number => a + b): Sample[] {
  const merged = new Map<string, Sample>();
  for (const { labels, value } of samples) {
    const name = Object.values(labels).join('\n');
    const known = merged.get(name);
    merged.set(name, { labels, value: known === undefined ? value : merge(known.value, value) });
  }
  return [...merged.values()];
}
