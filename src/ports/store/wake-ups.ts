/**
 * Tells the other servers on the same store that there is something to look for. Only ever a hint: whoever waits
 * looks by itself too, so that one which is lost costs time and nothing else.
 */
export interface WakeUps {
  /** Tells the others of `topic`, soon; what is said many times in a row is told once. Costs the caller nothing. */
  notify(topic: string): void;
  /**
   * Calls `wake` with the topics that others notify, and with null (any topic) when some may have been missed: as
   * soon as it listens, and after each interruption. Returns what ends it.
   */
  listen(wake: (topic: string | null) => void): () => void;
}
