import { signal, type ReadonlySignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { useLoad, type Loaded, type LoadOptions } from '../server/load.ts';
import { Button } from './button.tsx';
import { attempt } from './messages.tsx';
import { shared } from './texts.ts';

/** A list that is read page by page, as somebody asks for more. */
export interface Paged<T> extends Loaded<readonly T[]> {
  readonly hasMore: ReadonlySignal<boolean>;
  readonly isLoadingMore: ReadonlySignal<boolean>;
  more(): Promise<void>;
}

interface Page<T, C> {
  readonly rows: readonly T[];
  /** Null: there are no more. */
  readonly next: C | null;
}

/** `cursor` is null for the first page. When one of `keys` changes, and when it is loaded anew, it begins again. */
export function usePaged<T, C>(
  load: (cursor: C | null, signal: AbortSignal) => Promise<Page<T, C>>,
  keys: readonly unknown[],
  options: LoadOptions = {},
): Paged<T> {
  const state = useMemo(() => ({ next: signal<C | null>(null), busy: signal(false), has: signal(false) }), keys);
  const loaded = useLoad(
    async (aborted) => {
      const { rows, next } = await load(null, aborted);
      state.next.value = next;
      state.has.value = next !== null;
      return rows;
    },
    keys,
    options,
  );
  return useMemo(
    () => ({
      data: loaded.data, failure: loaded.failure, isLoading: loaded.isLoading,
      reload: () => loaded.reload(),
      change: (to) => loaded.change(to),
      hasMore: state.has,
      isLoadingMore: state.busy,
      more: async () => {
        const from = state.next.peek();
        if (from === null || state.busy.peek()) return;
        state.busy.value = true;
        await attempt(async () => {
          const { rows, next } = await load(from, new AbortController().signal);
          // It was loaded anew in between.
          if (state.next.peek() !== from) return;
          loaded.change((shown) => [...shown, ...rows]);
          state.next.value = next;
          state.has.value = next !== null;
        });
        state.busy.value = false;
      },
    }),
    [loaded],
  );
}

/** The button that loads the next page of a list. */
export function More<T>({ of }: { readonly of: Paged<T> }) {
  if (!of.hasMore.value) return null;
  return (
    <div class="more">
      <Button busy={of.isLoadingMore.value} onClick={() => void of.more()}>{shared().more}</Button>
    </div>
  );
}
