/**
 * Seconds and memory of each step of a product image on this machine, without a server.
 *
 *   node bench/imaging/product/speed.ts [megapixels] [step]
 *
 * Each step runs in a process of its own, first once and then three times, on the bowl of the sample photos. Without an
 * argument at 1 and at 12 megapixels.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import sharp from 'sharp';
import { createRestyler } from '../../../src/imaging/local/index.ts';
import { createWorkshop, type Workshop } from '../../../src/imaging/local/product/workshop.ts';
import { backdropsOf, lookOf, placementOf } from '../../../src/kinds/product-image/domain/theme.ts';
import { shippedThemes } from '../../../src/kinds/product-image/domain/themes.ts';

const theme = lookOf(shippedThemes, 'default');
const { signal } = new AbortController();

interface Made {
  readonly studio: Workshop;
  readonly photo: Uint8Array;
  readonly mask: Uint8Array;
  readonly cutOut: Uint8Array;
  readonly background: Uint8Array;
  readonly master: Uint8Array;
}

const seed = 1;
const backdrops = backdropsOf(theme, 2);
const steps: Readonly<Record<string, (made: Made) => Promise<unknown>>> = {
  inspect: ({ studio, photo }) => studio.inspect(photo, signal),
  segment: ({ studio, photo }) => studio.segment(photo, signal),
  'cut out': ({ studio, photo, mask }) => studio.cutOut({ original: photo, mask }, signal),
  '2 backdrops': ({ studio }) => studio.drawBackdrops({ backdrops, width: 2048, height: 2048, seed }, signal),
  'compose 3 aspects': ({ studio, cutOut, background }) =>
    studio.compose({ cutOut, background, placement: placementOf(theme), aspects: theme.aspects }, signal),
  'derive 5 WebP': ({ studio, master }) => studio.derive({ picture: master, wanted: wanted('webp') }, signal),
  'derive 5 AVIF': ({ studio, master }) => studio.derive({ picture: master, wanted: wanted('avif') }, signal),
};
const wanted = (format: 'webp' | 'avif') => [200, 400, 800, 1_200, 2_048].map((width) => ({ width, format }));

const [megapixels, step] = process.argv.slice(2);
if (megapixels !== undefined && step !== undefined && process.send !== undefined) {
  await measure(Number(megapixels), step);
} else {
  console.log(`load ${loadavg()[0]!.toFixed(1)}`);
  console.log('step                 photo MP   seconds (first, median of 3)   CPU s   peak MB');
  for (const size of megapixels === undefined ? ['1', '12'] : [megapixels]) {
    for (const name of step === undefined ? Object.keys(steps) : [step]) {
      const child = fork(import.meta.filename, [size, name]);
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`${name} ended with ${code}`);
    }
  }
}

async function measure(size: number, name: string): Promise<void> {
  const made = await prepared(size);
  const work = steps[name]!;
  const seconds: number[] = [];
  const cpuBefore = process.cpuUsage();
  for (let run = 0; run < 4; run += 1) {
    const started = performance.now();
    await work(made);
    seconds.push((performance.now() - started) / 1000);
  }
  const cpu = process.cpuUsage(cpuBefore);
  const [first = 0, ...rest] = seconds;
  const median = rest.sort((one, other) => one - other)[1] ?? 0;
  const cpuEach = ((cpu.user + cpu.system) / 1e6 / 4).toFixed(2);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  const times = `${first.toFixed(2)}  ${median.toFixed(2)}`;
  console.log(`${name.padEnd(21)}${String(size).padEnd(11)}${times.padEnd(31)}${cpuEach.padEnd(8)}${peak}`);
  process.exit(0);
}

/** Masks are made from the bowl's colour here, so that only one step takes a model's memory. */
async function prepared(size: number): Promise<Made> {
  const file = readFileSync(new URL('../../../examples/photos/bowl.jpg', import.meta.url));
  const { width, height } = await sharp(file).metadata();
  const across = Math.round(width * Math.sqrt((size * 1e6) / (width * height)));
  const photo = await sharp(file).resize(across).jpeg({ quality: 90 }).toBuffer();
  const { data, info } = await sharp(photo).raw().toBuffer({ resolveWithObject: true });
  const alpha = Buffer.alloc(info.width * info.height);
  for (let at = 0; at < alpha.length; at += 1) alpha[at] = data[at * 3]! - data[at * 3 + 2]! > 26 ? 255 : 0;
  const mask = await sharp(alpha, { raw: { width: info.width, height: info.height, channels: 1 } })
    .blur(Math.max(0.5, info.width / 900)).png().toBuffer();
  const studio = createWorkshop({ restyler: () => createRestyler(), timeoutMs: 600_000 });
  const { png: cutOut } = await studio.cutOut({ original: photo, mask }, signal);
  const one = { backdrops: backdrops.slice(0, 1), width: 2048, height: 2048, seed };
  const [background] = await studio.drawBackdrops(one, signal);
  const placement = placementOf(theme);
  const [composite] = await studio.compose({ cutOut, background: background!, placement, aspects: ['1x1'] }, signal);
  return { studio, photo, mask, cutOut, background: background!, master: composite!.master };
}
