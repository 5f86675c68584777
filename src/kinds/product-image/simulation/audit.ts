import { saga } from '../../../domain/saga/kind.ts';
import type { Store } from '../../../ports/store/store.ts';
import { shown, Violation } from '../../../testing/simulator/invariant.ts';
import { JobAudit } from '../../../testing/simulator/job-audit.ts';
import { productImage } from '../domain/kind.ts';
import type { ProductImageEvent, ProductImageJob } from '../domain/types.ts';
import type { SimulatedCall, SimulatedImages } from './provider.ts';
import type { SimulatedShop } from './shop.ts';

const kinds = { 'product-image': productImage, saga } as const;

/** What has to be true of product images, beside what is true after each commit. */
export class Audit extends JobAudit<keyof typeof kinds> {
  constructor(store: Store) {
    super(store, kinds);
  }

  get images(): readonly ProductImageJob[] {
    return this.jobs('product-image') as ProductImageJob[];
  }

  /** Null once everything has ended; else what has not. */
  get whatIsLeft(): string | null {
    const open = [...this.images, ...this.jobs('saga')].filter(({ endedAt }) => endedAt === null);
    return open.length === 0 ? null : open.map(({ kind, id, state }) => `${kind} ${id} ${state}`).join(', ');
  }

  /** When everything has ended. */
  checkEnd(shop: SimulatedShop, provider: SimulatedImages): void {
    for (const job of this.images) {
      checkShop(job, shop.imagesOn(job.fields.sku));
      this.#checkCost(job, provider.calls.filter(({ jobId }) => jobId === job.id));
    }
  }

  #checkCost(job: ProductImageJob, calls: readonly SimulatedCall[]): void {
    for (const purpose of ['segment', 'backgrounds'] as const) {
      const paid = calls.filter((call) => call.purpose === purpose && call.state === 'succeeded');
      if (paid.length > 1) throw new Violation('no call is paid twice', shown({ id: job.id, paid }));
    }
    const events = this.eventsOf<ProductImageEvent>(job.id).map(({ body }) => body);
    const begun = new Set(events.flatMap((body) => body.type === 'CallBegun' ? [body.call.providerJobId] : []));
    const unheard = calls.filter(({ id }) => !begun.has(id));
    // A job that somebody ends between a call's begin and the commit that says so never hears of the call.
    const ends = events.filter(({ type }) => type === 'ImageFailed').length;
    if (unheard.length > ends) throw new Violation('every call is known', shown({ id: job.id, unheard, events }));
    const { call } = job.fields;
    const costs = calls.filter(({ id }) => begun.has(id)).map(({ id, costMicroUsd }) =>
      call?.providerJobId === id && call.isCharged ? call.estimateMicroUsd : costMicroUsd);
    const sum = costs.reduce((one, other) => one + other, 0);
    if (sum === job.costMicroUsd) return;
    throw new Violation('a job costs what its calls cost', shown({ id: job.id, has: job.costMicroUsd, calls, events }));
  }
}

function checkShop({ id, state, fields }: ProductImageJob, images: readonly string[]): void {
  if (new Set(images).size < images.length) {
    throw new Violation('no image is on a product twice', shown({ id, images }));
  }
  if (images.some((name) => !name.startsWith(`waybill-${id}-`))) {
    throw new Violation('a product has its own images', shown({ id, images }));
  }
  if (state !== 'DONE') return;
  if (images.length !== fields.compositeKeys?.length || images.length !== fields.shopifyMediaIds?.length) {
    throw new Violation('a product has all images of a job that is done', shown({ id, images }));
  }
}
