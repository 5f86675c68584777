import type { OptionValues } from './options.ts';

/** How the server deals with connections and requests, whatever they ask for. */
export interface HttpConfig {
  /** Null: on the main port. 0: any free one. */
  readonly metricsPort: number | null;
  /** What reading metrics takes; null: nothing, but only on this machine or on a port of their own. */
  readonly metricsToken: string | null;
}

export function httpFrom(values: OptionValues): HttpConfig {
  return { metricsPort: values.metricsPort ?? null, metricsToken: values.metricsToken ?? null };
}
