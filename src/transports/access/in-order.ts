/**
 * Answers requests with the same header in the order in which they came, however long each is looked up: what a client
 * sends on one connection without waiting is not overtaken by what it sends next.
 */
export function inOrder<T>(authenticate: (header: string) => Promise<T>): (header: string) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (header) => {
    const before = last.get(header);
    const own = authenticate(header);
    // It may fail before its turn has come, and is waited for then.
    own.catch(ignore);
    const answered = before === undefined ? own : before.then(() => own);
    const over = answered.then(ignore, ignore);
    last.set(header, over);
    void over.then(() => {
      if (last.get(header) === over) last.delete(header);
    });
    return answered;
  };
}

const ignore = (): void => {};
