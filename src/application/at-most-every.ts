/**
 * Calls `work` no more than once in `ms`, however many ask: those who ask meanwhile share its answer, good or bad.
 * For Node: a Worker must not wait for what another request of it does.
 */
export function atMostEvery<T>(ms: number, work: () => Promise<T>): () => Promise<T> {
  let last: { readonly answer: Promise<T>; endedAt: number | null } | null = null;
  return () => {
    if (last !== null && (last.endedAt === null || performance.now() - last.endedAt < ms)) return last.answer;
    const run = { answer: work(), endedAt: null as number | null };
    const ended = (): void => void (run.endedAt = performance.now());
    run.answer.then(ended, ended);
    last = run;
    return run.answer;
  };
}
