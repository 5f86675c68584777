import type { KindConsole, KindOfJob } from '../../page.ts';
import { useLazy } from '../../parts/lazy.tsx';

/** What a kind brings for the page of a job; null until it is there, and where it brings nothing. */
export function useOfJob(kind: KindConsole | undefined): KindOfJob | null {
  return useLazy(kind?.ofJob).part;
}
