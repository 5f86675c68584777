import type { Logger } from '../../../ports/world.ts';
import { createPhotoMaker } from '../../../kinds/image-set/worker/make.ts';
import type { Restyle } from '../../../kinds/image-set/worker/restyle.ts';
import { createStorage } from '../../../kinds/image-set/worker/storage.ts';
import { loadImaging } from '../imaging.ts';
import { runWatched } from '../watched-process/child.ts';
import type { FromRestyling, RestylingInit, RestylingModels, ToRestyling } from './messages.ts';

/** The program of the process that `restyling-process.ts` starts: makes photos, as many at once as it is told to. */
runWatched<RestylingInit, ToRestyling, FromRestyling>(async ({ limits, restyler, models }, send) => {
  const made = restyler === null ? builtIn(models) : ((await import(restyler)).default() as Promise<Restyler>);
  const { restyle, model } = await made;
  const at = (level: keyof Logger): Logger['info'] => (message, fields = {}) => {
    send({ type: 'log', level, message, fields });
  };
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const storage = createStorage(globalThis.fetch, limits, (what, trouble, tries) =>
    logger.debug(`${what} is tried again`, { trouble: trouble.message, tries }),
  );
  const make = createPhotoMaker({ storage, restyle, limits, logger });
  const underWay = new Map<number, AbortController>();
  const begin = ({ id, order }: ToRestyling & { readonly type: 'make' }): void => {
    const aborting = new AbortController();
    underWay.set(id, aborting);
    make(order, aborting.signal)
      .then(
        (made) => send({ type: 'made', id, made }),
        (error: unknown) => send({ type: 'unmade', id, error: String(error instanceof Error ? error.stack : error) }),
      )
      .finally(() => underWay.delete(id));
  };
  return {
    ready: model,
    onMessage(message) {
      if (message.type === 'make') begin(message);
      else underWay.get(message.id)?.abort(new Error('it is not wanted any longer'));
    },
    stop: () => Promise.resolve(),
  };
});

interface Restyler {
  readonly restyle: Restyle;
  /** What finds subjects, to be logged. */
  readonly model?: unknown;
}

/** Loaded only when it is used: it brings the models' runtime with it. */
async function builtIn({ segmentModel, runtime }: RestylingModels): Promise<Restyler> {
  const { createRestyler } = await loadImaging();
  return createRestyler({ runtime, segmentModel: segmentModel ?? undefined });
}
