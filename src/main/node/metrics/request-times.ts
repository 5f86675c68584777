import type { Registry } from 'prom-client';
import { Durations } from './durations.ts';
import { register } from './own-metric.ts';

const name = 'waybill_http_request_duration_seconds';

/** How long requests took. Found by two looks into maps: each request counts here. */
export class RequestTimes {
  /** By route, then by method and status. */
  readonly #routes = new Map<string, Map<string, Durations>>();
  readonly #bounds: readonly number[];

  /** @param bounds upper ones of the buckets, in seconds */
  constructor(registry: Registry, bounds: readonly number[]) {
    this.#bounds = bounds;
    register(registry, {
      name, type: 'histogram', help: 'Time to answer a request, by route template.', samples: () => this.#samples(),
    });
  }

  add(route: string, method: string, status: number, ms: number): void {
    const ofRoute = this.#routes.get(route) ?? new Map<string, Durations>();
    if (ofRoute.size === 0) this.#routes.set(route, ofRoute);
    const key = `${method} ${status}`;
    const known = ofRoute.get(key);
    const durations = known ?? new Durations(this.#bounds);
    if (known === undefined) ofRoute.set(key, durations);
    durations.add(ms);
  }

  #samples() {
    return [...this.#routes].flatMap(([route, ofRoute]) =>
      [...ofRoute].flatMap(([key, durations]) => {
        const [method = '', status = ''] = key.split(' ');
        return durations.samples(name, { route, method, status });
      }));
  }
}
