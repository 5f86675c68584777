export type Guarantee = 'G1' | 'G2' | 'G3' | 'G4' | 'G5' | 'G6' | 'G7';

/** Something that holds after every step. */
export interface Invariant<View> {
  readonly guarantee: Guarantee;
  readonly name: string;
  /** Null when it holds; else what does not. */
  check(view: View): string | null;
}

/** What the simulation was made to find. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** The invariant or judgement that was broken, the same for the same sort of mistake. */
  readonly rule: string;

  constructor(rule: string, what: string) {
    super(`${rule}: ${what}`);
    this.rule = rule;
  }
}

/** For findings: short where it can be. */
export function shown(value: unknown): string {
  const plain = (_key: string, inner: unknown): unknown => (inner instanceof Map ? [...inner.values()] : inner);
  return JSON.stringify(value, plain) ?? 'nothing';
}
