import type { Sample } from './own-metric.ts';

/** Upper bounds in seconds: a task may take a millisecond, and an order wait for a day. */
const bounds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200,
];

/** Durations counted by their length. */
export class Durations {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param to upper bounds in seconds */
  constructor(to: readonly number[] = bounds) {
    this.#bounds = to;
    this.#counts = new Float64Array(to.length + 1);
  }

  add(ms: number): void {
    // A clock may have been set back in between.
    const seconds = Math.max(0, ms) / 1_000;
    let at = 0;
    while (at < this.#bounds.length && seconds > this.#bounds[at]!) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += seconds;
  }

  samples(name: string, labels: Sample['labels']): Sample[] {
    let count = 0;
    const buckets = [...this.#bounds, '+Inf'].map((le, at): Sample => {
      count += this.#counts[at] as number;
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    });
    if (count === 0) return [];
    return [
      ...buckets, { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
