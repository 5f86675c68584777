/** The newest certain time of any server that used the store: see `domain/time/certain.ts`. */
export interface KeptTime {
  /** Milliseconds since 1970; null when none was kept yet. */
  get(): Promise<number | null>;
  /** What is kept moves on to `at`, and back to `latest` if it is later than that: then a clock was ahead. */
  put(at: number, latest: number): Promise<void>;
}
