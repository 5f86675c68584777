/** When workers last asked for jobs of which type of a kind, at whatever server. */
export interface AskedTypes {
  /** A worker asks for them now. Those that nobody has asked for within a day are forgotten. */
  note(kind: string, types: readonly string[], now: number): Promise<void>;
  /** Milliseconds since 1970, by type; without those that nobody has asked for. */
  when(kind: string, types: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** How long a type is remembered. Milliseconds. */
export const askedTypeKeptMs = 86_400_000;
