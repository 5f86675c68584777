/**
 * How well backgrounds are removed, on pictures whose right cut-out is known (bench/imaging/README.md).
 *
 *   node bench/imaging/score.ts [--kind KIND] [--case NAME] [--held-out | --unseen] [--force] [--segment-model FILE]
 *     [--alone] [--out DIR] [--before FILE] [--sheet FILE]
 *
 * --held-out  scores other pictures, by which no threshold of the segmentation was chosen
 * --unseen  scores those by which nothing was chosen at all, of things and backdrops that the others do not show
 * --force   counts doubtful cut-outs as done
 * --alone   also scores the model by itself: its mask resized, cut at one half
 * --out     writes scores.json and the results
 * --before  prints the scores of an earlier scores.json beside these
 * --sheet   writes a contact sheet (.webp or .jpg)
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { LEAST_CONFIDENCE } from '../../src/imaging/local/cutout/confidence.ts';
import { createRestyler, ImageRejected, type Restyler } from '../../src/imaging/local/index.ts';
import { modelAlone } from './alone.ts';
import { scoresOf, type Scores } from './measures.ts';
import { printCalibration, printComparison, printScores, readScores, type CaseScore } from './report.ts';
import { cases, type Case } from './set/cases.ts';
import { heldOut } from './set/held-out.ts';
import { unseen } from './set/unseen.ts';
import type { Composed } from './set/frame.ts';
import { storeFolder, stored } from './set/stored.ts';
import { createSheet } from './sheet.ts';

const { values: options } = parseArgs({
  options: {
    kind: { type: 'string' },
    case: { type: 'string' },
    'held-out': { type: 'boolean', default: false },
    unseen: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
    'segment-model': { type: 'string' },
    alone: { type: 'boolean', default: false },
    out: { type: 'string' },
    before: { type: 'string' },
    sheet: { type: 'string' },
  },
});
const before = options.before === undefined ? undefined : await readScores(options.before);
const set = options.unseen ? unseen : options['held-out'] ? heldOut : cases;
const chosen = set.filter(
  ({ kind, name }) => (options.kind ?? kind) === kind && (options.case ?? name) === name,
);
if (chosen.length === 0) {
  throw new Error(`no such picture: the kinds are ${[...new Set(set.map(({ kind }) => kind))].join(', ')}`);
}
if (options.out !== undefined) await mkdir(options.out, { recursive: true });

// All are drawn first: a restyler closes the decoder of drawings for the whole process.
const folder = await storeFolder();
for (const [index, each] of chosen.entries()) {
  if (process.stderr.isTTY) process.stderr.write(`\rdrawing ${index + 1} of ${chosen.length}`);
  await stored(each, folder);
}
if (process.stderr.isTTY) process.stderr.write('\r');

const segmentModel = options['segment-model'];
const restyler = await createRestyler({ timeoutMs: 600_000, segmentModel });
const alone = options.alone ? modelAlone(segmentModel) : undefined;
const sheet = options.sheet === undefined ? undefined : createSheet();
const scored: CaseScore[] = [];
for (const each of chosen) {
  const right = await stored(each, folder);
  const { score, result } = await scoreOne(restyler, each, right);
  const withAlone = alone === undefined ? score : { ...score, alone: await alone.score(right) };
  scored.push(withAlone);
  const { outcome, iou, confidence } = withAlone;
  console.error([each.kind, each.name, outcome, iou?.toFixed(3) ?? '', confidence?.toFixed(2) ?? ''].join(' '));
  if (options.out !== undefined && result !== undefined) {
    await writeFile(path.join(options.out, `${each.name}.png`), result);
  }
  // After each, so that a run that is broken off leaves the scores that it has.
  if (options.out !== undefined) await writeScores(path.join(options.out, 'scores.json'));
  await sheet?.add(withAlone, right.photo, result);
}
await restyler.close();
await alone?.close();

printScores(scored);
printCalibration(scored, LEAST_CONFIDENCE);
if (before !== undefined) printComparison(before, scored);
if (options.sheet !== undefined) await sheet?.write(options.sheet);

async function writeScores(file: string): Promise<void> {
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism(), load: loadavg()[0] };
  const { model } = restyler;
  await writeFile(file, `${JSON.stringify({ machine, model, cases: scored }, null, 1)}\n`);
}

async function scoreOne(
  restyler: Restyler,
  { kind, name }: Case,
  right: Composed,
): Promise<{ score: CaseScore; result?: Uint8Array }> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  try {
    const restyled = await restyler.restyle({
      image: right.photo,
      concepts: { background: { action: 'remove', value: '' } },
      protect: [],
      force: true,
    });
    const taken = seconds();
    const scores = await compared(restyled.result, right);
    const { result, confidence, masks } = restyled;
    const method = masks['background'];
    const isRefused = !options.force && confidence !== null && confidence < LEAST_CONFIDENCE;
    const outcome = isRefused ? 'not_confident' : 'done';
    return { score: { kind, name, outcome, method, confidence, seconds: taken, ...scores }, result };
  } catch (error) {
    if (!(error instanceof ImageRejected)) throw error;
    return { score: { kind, name, outcome: error.code, confidence: null, seconds: seconds() } };
  }
}

async function compared(result: Uint8Array, right: Composed): Promise<Scores> {
  const { data, info } = await sharp(result).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  if (info.width !== right.width || info.height !== right.height) {
    throw new Error(`the result is ${info.width} x ${info.height}, the photo ${right.width} x ${right.height}`);
  }
  return scoresOf({ width: info.width, height: info.height, data }, right);
}
