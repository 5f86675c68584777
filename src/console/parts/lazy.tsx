import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { clientFault } from '../server/failure.ts';

/** A part whose code is fetched when it is first shown. Nothing is shown until it came, or if it does not come. */
export function useLazy<P>(load: (() => Promise<{ readonly default: ComponentType<P> }>) | undefined) {
  const [Part, setPart] = useState<ComponentType<P> | null>(null);
  useEffect(() => {
    let isWanted = true;
    setPart(null);
    load?.().then((module) => isWanted && setPart(() => module.default), clientFault);
    return () => {
      isWanted = false;
    };
  }, [load]);
  return Part;
}
