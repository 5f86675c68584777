import type { Input, PhotoSet, SetItem } from './photos-api.ts';
import { reasonOf, say as shared } from './texts.ts';

/** One photo of a set, with what became of it. */
export interface Tile {
  readonly idx: number;
  readonly name: string;
  /** `waiting` also while it is worked on: nobody says when that begins. */
  readonly state: 'waiting' | 'done' | 'failed' | 'notMade';
  readonly item: SetItem | null;
  readonly inputUrl: string | null;
  /** Why it failed, in words. */
  readonly reason: string | null;
}

export function tilesOf(set: PhotoSet, inputs: readonly Input[]): readonly Tile[] {
  const items = new Map(set.items.map((item) => [item.idx, item]));
  const goesOn = set.phase === 'waiting' || set.phase === 'active';
  return Array.from({ length: set.progress.total }, (_, idx) => {
    const item = items.get(idx) ?? null;
    const input = inputs[idx];
    return {
      idx,
      name: input?.name ?? item?.name ?? shared().photoNumber(idx + 1),
      state: item?.state ?? (goesOn ? 'waiting' : 'notMade'),
      item,
      inputUrl: input?.inputUrl ?? null,
      reason: item?.state === 'failed' ? (reasonOf(item.errorCode) ?? item.error ?? shared().reasonUnknown) : null,
    };
  });
}
