/** Clients that submit, each one after the other, until they are stopped. */
export interface Clients {
  /** What was acknowledged to them; rejects if one failed. */
  stop(): Promise<readonly string[]>;
}

/** `submit` answers the id that was acknowledged, or null, and takes the pause that is to follow. */
export function startClients(count: number, submit: (at: number) => Promise<string | null>): Clients {
  const acknowledged: string[] = [];
  let stopped = false;
  const client = async (at: number): Promise<void> => {
    while (!stopped) {
      const id = await submit(at);
      if (id !== null) acknowledged.push(id);
    }
  };
  const running = Promise.all(Array.from({ length: count }, (_, at) => client(at)));
  // A client that fails ends the test when it is stopped.
  running.catch(() => {});
  return {
    stop: async () => {
      stopped = true;
      await running;
      return acknowledged;
    },
  };
}
