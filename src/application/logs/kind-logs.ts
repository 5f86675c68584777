/** How much of the log of each job of a kind is kept, and where once it has ended. */
export interface KindLogs {
  /** The newest lines; readers are shown no more. */
  readonly keepLines: number;
  /** The size of a log as stored, that is, compressed; whole chunks are deleted. At least `maxChunkBytes`. */
  readonly keepBytes: number;
  /** Smaller logs stay in the store when they are sealed, as objects cost more than they save. */
  readonly minObjectBytes: number;
}

/** The first line that is kept of a log that has come to `lastLine`. */
export function firstKept(lastLine: number, { keepLines }: Pick<KindLogs, 'keepLines'>): number {
  return Math.max(1, lastLine - keepLines + 1);
}
