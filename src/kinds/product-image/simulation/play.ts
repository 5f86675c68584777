import { sha256Hex } from '../../../application/fingerprint.ts';
import { createSeededRandom, type SeededRandom } from '../../../testing/seeded-random.ts';
import { Violation } from '../../../testing/simulator/invariant.ts';
import { operator, type Life } from '../../../testing/simulator/life.ts';
import { anyTime, asked, planCrashes, played, step, type PlayedLives } from '../../../testing/simulator/lives-play.ts';
import type { SimulatedStore } from '../../../testing/simulator/simulated-store.ts';
import { Tally } from '../../../testing/simulator/tally.ts';
import type { ProductImageApplication } from '../application/application.ts';
import { ImageWorld, type PartsOf } from './world.ts';

export interface PlayImagesOptions {
  readonly seed: number;
  readonly store: SimulatedStore;
  readonly partsWith: PartsOf;
  readonly tally?: Tally;
  /** Absent: mishaps as the seed has them. Else nothing fails but the one server, at its n-th await. */
  readonly crashAt?: number;
}

const wildMs = 120_000;
/** Within this simulated time everything has ended once nothing fails any more. */
const endsWithinMs = 2 * 3_600_000;

/** Plays product images to their end, with a shop and a provider that are paid and asked as real ones are. */
export async function playImages(options: PlayImagesOptions): Promise<PlayedLives> {
  const { seed, store, partsWith, tally = new Tally(), crashAt = null } = options;
  store.clear();
  const random = createSeededRandom(seed + 77);
  const isCalm = crashAt !== null;
  const servers = isCalm ? 1 : random.integer(1, 3);
  return played(new ImageWorld({ seed, store, tally, servers, crashAt }, partsWith), (world) =>
    play(world, store, random, isCalm));
}

async function play(world: ImageWorld, store: SimulatedStore, random: SeededRandom, isCalm: boolean): Promise<void> {
  const { clock, audit } = world;
  world.isWild = !isCalm;
  world.begin();
  const acknowledged = await planImages(world, random, isCalm ? 1 : random.integer(1, 6));
  if (!isCalm) planMishaps(world, random);
  const began = clock.now();
  for (let isOver = false; !isOver; ) {
    await step(world);
    const elapsed = clock.now() - began;
    if (world.isWild && elapsed > wildMs) world.calmDown();
    if (world.isWild || world.calls.length > 0) continue;
    const left = audit.whatIsLeft;
    isOver = world.agenda.nextAt === null && audit.images.length > 0 && left === null;
    if (elapsed > wildMs + endsWithinMs) throw new Violation('G1 whatever was accepted comes to its end', String(left));
  }
  for (const id of acknowledged) {
    if (audit.job(id) === undefined) throw new Violation('G1 an accepted job is never lost', id);
  }
  audit.checkEnd(world.shop, world.provider);
  if (store.inside.work().length > 0) throw new Violation('G1 no work is left of what has ended', 'some is');
  for (const { state, fields } of audit.images) {
    if (isCalm && state !== 'DONE') throw new Violation('a crash fails no job', `${state} ${fields.errorMessage}`);
    world.tally.count(`image: ${state}`);
  }
}

/** Each is announced again until a server says that it has it. Answers their ids, as servers say so. */
async function planImages(world: ImageWorld, random: SeededRandom, count: number): Promise<ReadonlySet<string>> {
  const acknowledged = new Set<string>();
  for (let at = 0; at < count; at++) {
    const [sku, url] = [`SKU-${at}`, `https://photos.example/${at}.jpg`];
    world.shop.addProduct(sku);
    // Of the photo there: see `photoAt`.
    const sha256 = await sha256Hex(url);
    let isTaken = false;
    const announce = (): void => {
      if (isTaken) return;
      world.agenda.after(5_000, announce);
      asked(world, async (life) => {
        const received = await imagesOf(life).imageIntake.receive({ sku, photo: { url }, sha256 }, 'webhook');
        if (!received.ok) return;
        isTaken = true;
        acknowledged.add(received.value.job.id);
      });
    };
    world.agenda.after(random.integer(0, 20_000), announce);
  }
  return acknowledged;
}

function planMishaps(world: ImageWorld, random: SeededRandom): void {
  planCrashes(world, random, wildMs);
  anyTime(world, random, wildMs, 3, () => onAnyImage(world, random, 'fail', async (life, id) => {
    const failure = { code: 'UNKNOWN', message: 'It is not wanted.' } as const;
    return (await imagesOf(life).productImages.fail(operator, id, failure)).ok;
  }));
  anyTime(world, random, wildMs, 8, () => onAnyImage(world, random, 'retry', async ({ server }, id) =>
    (await server.application.jobs.retry(operator, id)).ok));
}

function onAnyImage(
  world: ImageWorld, random: SeededRandom, what: string, act: (life: Life, id: string) => Promise<boolean>,
): void {
  const { images } = world.audit;
  if (images.length === 0) return;
  const { id } = random.pick(images);
  asked(world, async (life) => world.tally.count(`image: ${what} ${await act(life, id) ? 'done' : 'refused'}`));
}

function imagesOf({ server }: Life): Required<ProductImageApplication> {
  return server.kinds['product-image'] as Required<ProductImageApplication>;
}
