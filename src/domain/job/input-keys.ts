/** Of the objects that a job's items are made from: what is before and behind a number in each key. */
export interface InputKeys {
  readonly prefix: string;
  readonly suffix: string;
  /** By item; null: its own position. */
  readonly numbers: readonly number[] | null;
}

export function inputKeyAt({ prefix, suffix, numbers }: InputKeys, idx: number): string {
  return `${prefix}${numbers?.[idx] ?? idx}${suffix}`;
}
