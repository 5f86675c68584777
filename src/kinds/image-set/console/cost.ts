import { count } from '../../../console/language/format.ts';
import { texts } from '../../../console/language/language.ts';
import type { PhotoSet } from './photos-api.ts';
import { say as shared } from './texts.ts';

const say = texts({
  en: {
    held: (n: number) => `${shared().credits(n)} held until it ends`,
    delivered: (n: number) => `${count(n)} delivered = ${shared().credits(n)}`,
    failed: (n: number) => `${count(n)} failed = not charged`,
    undone: (n: number) => `${count(n)} not made = not charged`,
    free: 'Not charged',
    heldShort: (n: number) => `${shared().credits(n)} held`,
  },
  de: {
    held: (n) => `${shared().credits(n)} bis zum Ende zurückgelegt`,
    delivered: (n) => `${count(n)} geliefert = ${shared().credits(n)}`,
    failed: (n) => `${count(n)} fehlgeschlagen = kostenlos`,
    undone: (n) => `${count(n)} nicht gemacht = kostenlos`,
    free: 'Kostenlos',
    heldShort: (n) => `${shared().credits(n)} zurückgelegt`,
  },
});

/** What a set costs, in words: a credit for what was delivered, and nothing else. */
export function costOf({ phase, progress: { done, failed, total } }: Pick<PhotoSet, 'phase' | 'progress'>): {
  readonly short: string;
  readonly long: string;
} {
  if (phase === 'waiting' || phase === 'active') return { short: say().heldShort(total), long: say().held(total) };
  const undone = total - done - failed;
  const parts = [
    done > 0 ? say().delivered(done) : say().free,
    ...(failed > 0 ? [say().failed(failed)] : []),
    ...(undone > 0 ? [say().undone(undone)] : []),
  ];
  return { short: done > 0 ? shared().credits(done) : say().free, long: parts.join(', ') };
}
