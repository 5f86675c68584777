/**
 * Seconds a picture and memory of each action of the local image restyler.
 *
 *   node bench/imaging/speed.ts [megapixels] [action]
 *
 * Each action runs in a process of its own, since memory that was once taken is not given back: first once to load
 * the models, then three times. Without an argument at the sample photos' own size and at 12 megapixels, which is the
 * most that is worked on; 0 is their own size.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { createRestyler, type Concept } from '../../src/imaging/local/index.ts';

interface Case { readonly photo: string; readonly concepts: Record<string, Concept>; readonly protect: string[] }

const people = ['person', 'face'];
const cases: Record<string, Case> = {
  'remove-background': { photo: 'bowl', concepts: { background: { action: 'remove', value: '' } }, protect: [] },
  seller: { photo: 'bowl', concepts: { background: { action: 'recolor', value: '#ffffff' } }, protect: people },
  interior: { photo: 'interior', concepts: { room: { action: 'tone', value: 'warm' } }, protect: people },
  'recolor background': {
    photo: 'portrait', concepts: { background: { action: 'recolor', value: 'sage' } }, protect: people,
  },
  'recolor subject': { photo: 'coffee', concepts: { subject: { action: 'recolor', value: 'teal' } }, protect: [] },
  'texture background': {
    photo: 'bowl', concepts: { background: { action: 'texture', value: 'plaster' } }, protect: people,
  },
  'tone of a box': {
    photo: 'interior',
    concepts: { sofa: { action: 'tone', value: 'vivid', box: [0.02, 0.68, 0.78, 0.3] } },
    protect: [],
  },
  'remove a box': {
    photo: 'interior', concepts: { spot: { action: 'remove', value: '', box: [0.05, 0.8, 0.05, 0.05] } }, protect: [],
  },
};

const [asked, only] = process.argv.slice(2);
if (asked !== undefined && only !== undefined && process.send !== undefined) {
  await measure(only, cases[only]!, Number(asked) * 1e6);
} else {
  const names = only === undefined ? Object.keys(cases) : [only];
  if (names.some((name) => cases[name] === undefined)) {
    throw new Error(`no such action: ${Object.keys(cases).join(', ')}`);
  }
  console.log('action              pixels      seconds (first, then median of 3)   CPU s   peak MB   idle MB');
  for (const megapixels of asked === undefined ? ['0', '12'] : [asked]) {
    for (const name of names) await inOwnProcess(megapixels, name);
  }
}

async function inOwnProcess(megapixels: string, name: string): Promise<void> {
  const child = fork(import.meta.filename, [megapixels, name], { execArgv: ['--expose-gc'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
}

async function measure(name: string, { photo, concepts, protect }: Case, pixels: number): Promise<void> {
  const file = readFileSync(new URL(`../../examples/photos/${photo}.jpg`, import.meta.url));
  const { width, height } = await sharp(file).metadata();
  const scale = pixels === 0 ? 1 : Math.sqrt(pixels / (width * height));
  const image = await sharp(file).resize(Math.round(width * scale)).jpeg({ quality: 90 }).toBuffer();
  const restyler = await createRestyler();
  const seconds: number[] = [];
  const cpuBefore = process.cpuUsage();
  for (let run = 0; run < 4; run += 1) {
    const started = performance.now();
    await restyler.restyle({ image, concepts, protect });
    seconds.push((performance.now() - started) / 1000);
  }
  const cpu = process.cpuUsage(cpuBefore);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  globalThis.gc?.();
  // What stays with the models still open.
  const idle = Math.round(process.memoryUsage.rss() / 2 ** 20);
  await restyler.close();
  const [first = 0, ...rest] = seconds;
  const median = rest.sort((one, other) => one - other)[1] ?? 0;
  const size = `${Math.round(width * scale)}x${Math.round(height * scale)}`;
  const cpuEach = (cpu.user + cpu.system) / 1e6 / 4;
  const times = `${first.toFixed(2)}  ${median.toFixed(2)}`;
  const memory = `${String(peak).padEnd(10)}${idle}`;
  console.log(`${name.padEnd(20)}${size.padEnd(12)}${times.padEnd(36)}${cpuEach.toFixed(2).padEnd(8)}${memory}`);
  process.disconnect();
}
