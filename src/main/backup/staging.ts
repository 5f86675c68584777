import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessMissing } from '../../objects/filesystem/layout.ts';
import { CommandFailure } from '../../transports/cli/failure.ts';
import { names, sha256Of } from './manifest.ts';
import { objectsFolder } from './objects.ts';
import { readSums, type Sum } from './sums.ts';
import { copyFileHashed, FolderKeeper } from './tree.ts';

export interface StageOrder {
  readonly backup: string;
  /** Where copies go; null: the files are only read. */
  readonly into: string | null;
  readonly total: number;
  readonly skipDamaged: boolean;
  readonly signal: AbortSignal;
  onProgress(label: string, done: number, total: number): void;
  note(text: string): void;
}

export interface Staged {
  /** Objects that were left out. */
  readonly damaged: readonly string[];
}

const filesAtOnce = 8;
const shownPaths = 10;

/**
 * Copies every file of a backup and compares it with the list meanwhile. Looks at all of them before it throws
 * CommandFailure, so that the reader knows how much is damaged.
 */
export async function stageFiles(order: StageOrder): Promise<Staged> {
  const { backup, into, total, signal } = order;
  const folders = into === null ? null : new FolderKeeper(into);
  const damaged: string[] = [];
  let done = 0;
  let batch: Promise<string | null>[] = [];
  const finish = async (): Promise<void> => {
    for (const problem of await Promise.all(batch)) if (problem !== null) damaged.push(problem);
    done += batch.length;
    batch = [];
    await folders?.settle();
    order.onProgress('verifying', done, total);
  };
  for await (const sum of readSums(join(backup, names.sums))) {
    signal.throwIfAborted();
    if (batch.length === filesAtOnce) await finish();
    await folders?.enter(sum.path);
    batch.push(stageOne(backup, into, sum));
  }
  await finish();
  await folders?.finish();
  judge(damaged, order);
  return { damaged };
}

/** The path with what is wrong with it, or null. What is wrong is not left in its place. */
async function stageOne(backup: string, into: string | null, { path, sha256 }: Sum): Promise<string | null> {
  const from = join(backup, path);
  const to = into === null ? null : join(into, path);
  const found = to === null
    ? await sha256Of(from).catch(unlessMissing<string>)
    : ((await copyFileHashed(from, to))?.sha256 ?? null);
  if (found === sha256) return null;
  if (found !== null && to !== null) await unlink(to);
  return `${path} is ${found === null ? 'missing' : 'damaged'}`;
}

function judge(damaged: readonly string[], { backup, skipDamaged, note }: StageOrder): void {
  if (damaged.length === 0) return;
  const others = damaged.filter((text) => !text.startsWith(`${objectsFolder}/`));
  const shown = damaged.slice(0, shownPaths).join('\n    ');
  const more = damaged.length > shownPaths ? `\n    and ${damaged.length - shownPaths} more` : '';
  const text = `${damaged.length} of the files of ${backup} are missing or damaged:\n    ${shown}${more}`;
  if (others.length > 0) throw new CommandFailure(`${text}\nNothing was restored.`);
  if (!skipDamaged) {
    throw new CommandFailure(`${text}\nNothing was restored. With --skip-damaged, all but these objects are.`);
  }
  note(text);
}
