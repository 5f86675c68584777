import { useEffect, useState } from 'preact/hooks';
import type { KindConsole, KindOfJob } from '../../page.ts';

/** What a kind brings for the page of a job; null until it is there, and where it brings nothing. */
export function useOfJob(kind: KindConsole | undefined): KindOfJob | null {
  const [part, setPart] = useState<KindOfJob | null>(null);
  useEffect(() => {
    setPart(null);
    kind?.ofJob?.().then((module) => setPart(module.default), () => {});
  }, [kind]);
  return part;
}
