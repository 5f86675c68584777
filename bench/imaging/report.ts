import { readFile } from 'node:fs/promises';
import type { Scores } from './measures.ts';

/** One picture. A refused cut-out (`not_confident`) has the scores that it would have had. */
export interface CaseScore extends Partial<Scores> {
  readonly kind: string;
  readonly name: string;
  /** `done`, or why not: `no_mask`, `not_confident`. */
  readonly outcome: string;
  readonly method?: string | undefined;
  readonly confidence: number | null;
  readonly seconds: number;
  readonly alone?: Pick<Scores, 'iou' | 'boundary'>;
}

/** Less than this and the buyer of a cut-out would send it back. */
const WRONG = 0.8;

export async function readScores(file: string): Promise<readonly CaseScore[]> {
  const { cases } = JSON.parse(await readFile(file, 'utf8')) as { readonly cases: readonly CaseScore[] };
  return cases;
}

interface Summary {
  readonly count: number;
  readonly done: number;
  readonly wrong: number;
  /** Means over what was done; undefined when nothing was. */
  readonly iou: number | undefined;
  readonly boundary: number | undefined;
  readonly error: number | undefined;
  readonly spill: number;
  readonly spillShare: number | undefined;
  /** Of the model alone, over all. */
  readonly alone: number | undefined;
  readonly aloneWrong: number | undefined;
  readonly seconds: number;
}

function summed(scores: readonly CaseScore[]): Summary {
  const done = scores.filter(({ outcome }) => outcome === 'done');
  const mean = (values: readonly (number | null | undefined)[]): number | undefined => {
    const known = values.filter((value) => typeof value === 'number');
    return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  const alone = scores.flatMap((one) => (one.alone === undefined ? [] : [one.alone.iou]));
  return {
    count: scores.length,
    done: done.length,
    wrong: done.filter(({ iou = 0 }) => iou < WRONG).length,
    iou: mean(done.map(({ iou }) => iou)),
    boundary: mean(done.map(({ boundary }) => boundary)),
    error: mean(done.map(({ error }) => error)),
    spill: done.reduce((sum, { spill }) => sum + (spill ?? 0), 0),
    spillShare: mean(done.map(({ spillShare }) => spillShare)),
    alone: mean(alone),
    aloneWrong: alone.length === 0 ? undefined : alone.filter((iou) => iou < WRONG).length,
    seconds: mean(scores.map(({ seconds }) => seconds)) ?? 0,
  };
}

const number = (value: number | undefined, digits = 3): string => value?.toFixed(digits) ?? '-';
const percent = (value: number | undefined): string => (value === undefined ? '-' : `${(100 * value).toFixed(1)} %`);

function kindsOf(scores: readonly CaseScore[]): readonly (readonly [string, readonly CaseScore[]])[] {
  const kinds = [...new Set(scores.map(({ kind }) => kind))];
  return [...kinds.map((kind) => [kind, scores.filter((one) => one.kind === kind)] as const), ['all', scores]];
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  for (const row of [head, head.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`);
  console.log();
}

/** Two Markdown tables: each picture, then each kind and all. */
export function printScores(scores: readonly CaseScore[]): void {
  const cells = (one: CaseScore): string[] => [
    one.kind, one.name, one.outcome, one.method ?? '', number(one.confidence ?? undefined, 2), number(one.iou),
    number(one.boundary), number(one.error, 4), String(one.spill ?? '-'), number(one.alone?.iou),
    number(one.seconds, 1),
  ];
  printTable(
    ['kind', 'picture', 'outcome', 'method', 'confidence', 'IoU', 'boundary', 'error', 'spill', 'model alone', 's'],
    scores.map(cells),
  );
  printTable(
    ['kind', 'done', 'wrong but done', 'IoU', 'boundary F', 'alpha error', 'spill', 'of the edge',
      'model alone: IoU', 'wrong', 's'],
    kindsOf(scores).map(([kind, some]) => {
      const all = summed(some);
      return [
        kind, `${all.done} of ${all.count}`, String(all.wrong), number(all.iou), number(all.boundary),
        number(all.error, 4), String(all.spill), percent(all.spillShare), number(all.alone),
        String(all.aloneWrong ?? '-'), number(all.seconds, 1),
      ];
    }),
  );
}

/** How many of the wrong and of the right cut-outs are below a confidence. */
export function printCalibration(scores: readonly CaseScore[], least: number): void {
  const known = scores.filter(({ iou, confidence }) => iou !== undefined && confidence !== null);
  for (const [name, some] of [
    ['wrong', known.filter(({ iou = 0 }) => iou < WRONG)],
    ['right', known.filter(({ iou = 0 }) => iou >= WRONG)],
  ] as const) {
    const doubted = some.filter(({ confidence }) => confidence! < least);
    console.log(`Of ${some.length} ${name} cut-outs ${doubted.length} have a confidence below ${least}.`);
  }
}

/** Of the pictures that are in both. */
export function printComparison(before: readonly CaseScore[], after: readonly CaseScore[]): void {
  const names = new Set(after.map(({ name }) => name));
  const known = before.filter(({ name }) => names.has(name));
  const both = new Set(known.map(({ name }) => name));
  const now = new Map(kindsOf(after.filter(({ name }) => both.has(name))).map(([kind, some]) => [kind, summed(some)]));
  printTable(
    ['kind', 'done', 'wrong but done', 'IoU', 'boundary F', 'alpha error', 'spill'],
    kindsOf(known).map(([kind, some]) => {
      const [old, fresh] = [summed(some), now.get(kind)];
      const cell = (of: (one: Summary) => string): string => `${of(old)} → ${fresh === undefined ? '-' : of(fresh)}`;
      return [
        kind,
        cell((one) => `${one.done}/${one.count}`),
        cell((one) => String(one.wrong)),
        cell((one) => number(one.iou)),
        cell((one) => number(one.boundary)),
        cell((one) => number(one.error, 4)),
        cell((one) => String(one.spill)),
      ];
    }),
  );
  const old = new Map(known.map((one) => [one.name, one]));
  const shown = (one: CaseScore | undefined): string =>
    one?.outcome === 'done' ? number(one.iou) : one?.outcome ?? '-';
  const worse = after.filter((one) => (one.iou ?? 0) < (old.get(one.name)?.iou ?? 0) - 0.02);
  if (worse.length > 0) console.log('Worse by more than 0.02, or failed:');
  for (const one of worse) console.log(`  ${one.name}: ${shown(old.get(one.name))} → ${shown(one)}`);
}
