import type { Context } from '../context.ts';
import { dollars, fields, plain } from '../output.ts';
import type { JobView } from './end.ts';
import type { KindText } from './kind-text.ts';

/** A job of whatever kind for people, with what its kind says of it. */
export async function jobText(context: Pick<Context, 'kindTexts'>, job: JobView): Promise<string> {
  const { id, kind, type, status, progress, labels, costMicroUsd, parentId } = job;
  const { createdAt, startedAt, endedAt } = job;
  const ofKind = await textOf(context, kind);
  const line = ofKind?.status?.(job as never);
  const head = fields([
    ['job', id],
    ['kind', plain(kind)],
    ['type', type === null ? null : plain(type)],
    ['status', line === undefined ? status : null],
    ['progress', progressText(progress)],
    ['labels', labelsText(labels) || null],
    ['cost', costMicroUsd === 0 ? null : dollars(costMicroUsd)],
    ['part of', parentId],
    ['created', createdAt],
    ['started', startedAt],
    ['ended', endedAt],
    ...(ofKind?.fields(job as never) ?? []),
  ]);
  const details = ofKind?.details(job as never) ?? '';
  return [line === undefined ? head : `${line}\n${head}`, ...(details === '' ? [] : [details])].join('\n\n');
}

/** Undefined for a kind without one. */
export async function textOf({ kindTexts }: Pick<Context, 'kindTexts'>, kind: string): Promise<KindText | undefined> {
  return Object.hasOwn(kindTexts, kind) ? kindTexts[kind]?.() : undefined;
}

/** Null where nothing is known of it, as of a command that has not succeeded. */
function progressText({ done, failed, total, percent }: JobView['progress']): string | null {
  if (total === null) return percent === 0 ? null : `${percent} %`;
  return `${percent} %: ${done} done, ${failed} failed, ${total} in all`;
}

/** For a column: `2/3`, `2/3, 1 failed`; `66 %` where the number of items is unknown, `-` where all is. */
export function shortProgress({ done, failed, total, percent }: JobView['progress']): string {
  if (total === null) return percent === 0 ? '-' : `${percent} %`;
  return `${done}/${total}${failed === 0 ? '' : `, ${failed} failed`}`;
}

/** `sku=A-17,theme=snow` */
export function labelsText(labels: JobView['labels']): string {
  return plain(Object.entries(labels).map((pair) => pair.join('=')).join(','));
}
