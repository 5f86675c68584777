import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from '../../client/index.ts';
import { isAway } from './away.ts';
import { failureOf, fieldProblems } from './failure.ts';
import { wasRefused } from './load.ts';

export interface Sending {
  /** Whether it is under way: the button cannot be pressed again. */
  readonly busy: boolean;
  /** Of the latest try; null when it went well. */
  readonly failure: ApiError | null;
  /** What the server says is wrong, by field. */
  readonly fields: Readonly<Record<string, string>>;
  /** Answers what went wrong, or null. */
  send(act: () => Promise<unknown>): Promise<ApiError | null>;
}

/** For a form: sends what it holds, and keeps what went wrong to be shown in it. */
export function useSending(): Sending {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  useEffect(() => isAway.subscribe((away) => {
    // Its user is back, and may send it again.
    if (!away) setFailure((latest) => (wasRefused(latest) ? null : latest));
  }), []);
  const send = async (act: () => Promise<unknown>): Promise<ApiError | null> => {
    setBusy(true);
    setFailure(null);
    const failed = await act().then(() => null, failureOf);
    setFailure(failed);
    setBusy(false);
    return failed;
  };
  return { busy, failure, fields: fieldProblems(failure), send };
}
