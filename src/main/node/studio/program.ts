import { StudioFailure } from '../../../ports/studio.ts';
import { loadImaging } from '../imaging.ts';
import { runWatched } from '../watched-process/child.ts';
import type { FromStudio, StudioInit, ToStudio } from './messages.ts';

/** The program of the processes that `studio.ts` starts: one call at a time. */
runWatched<StudioInit, ToStudio, FromStudio>(async ({ segmentModel, runtime, quality, timeoutMs }, send) => {
  const { createRestyler } = await loadImaging();
  const { createWorkshop } = await import('../../../imaging/local/product/workshop.ts');
  const restyler = () => createRestyler({ runtime, segmentModel: segmentModel ?? undefined, timeoutMs });
  const workshop = createWorkshop({ restyler, quality, timeoutMs });
  const underWay = new Map<number, AbortController>();
  const begin = ({ id, name, order }: ToStudio & { readonly type: 'do' }): void => {
    const aborting = new AbortController();
    underWay.set(id, aborting);
    const work = workshop[name] as (order: unknown, signal: AbortSignal) => Promise<unknown>;
    work(order, aborting.signal)
      .then(
        (value) => send({ type: 'done', id, value }),
        (error: unknown) => send({ type: 'failed', id, ...reasonOf(error) }),
      )
      .finally(() => underWay.delete(id));
  };
  return {
    onMessage(message) {
      if (message.type === 'do') begin(message);
      else underWay.get(message.id)?.abort(new Error('it is not wanted any longer'));
    },
    stop: () => Promise.resolve(),
  };
});

function reasonOf(error: unknown): Pick<FromStudio & { type: 'failed' }, 'code' | 'message'> {
  if (error instanceof StudioFailure) return { code: error.code, message: error.message };
  return { code: null, message: String(error instanceof Error ? error.stack : error) };
}
