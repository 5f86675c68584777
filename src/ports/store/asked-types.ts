/** When workers last asked for jobs of each type of a kind, at any server. */
export interface AskedTypes {
  /** Records that a worker asks for them now. Types that nobody has asked for within a day are deleted. */
  note(kind: string, types: readonly string[], now: number): Promise<void>;
  /** Milliseconds since 1970, by type; without types that nobody has asked for. */
  when(kind: string, types: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** How long a type is remembered. Milliseconds. */
export const askedTypeKeptMs = 86_400_000;
