import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from '../../client/index.ts';
import { clientFault } from '../server/failure.ts';

/** The default export of a module, whose code is fetched when it is first needed. */
export interface Lazy<T> {
  /** Null until it came. */
  readonly part: T | null;
  readonly failure: ApiError | null;
  retry(): void;
}

export function useLazy<T>(load: (() => Promise<{ readonly default: T }>) | undefined): Lazy<T> {
  const [part, setPart] = useState<T | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let isWanted = true;
    setPart(null);
    setFailure(null);
    load?.().then(
      // A component is a function: what state takes for one that makes it.
      (module) => isWanted && setPart(() => module.default),
      (thrown: unknown) => isWanted && setFailure(clientFault(thrown)),
    );
    return () => {
      isWanted = false;
    };
  }, [load, tries]);
  return { part, failure, retry: () => setTries(tries + 1) };
}
