import { Ban, RotateCcw, Trash2, X, type LucideIcon } from 'lucide-preact';
import { useRef, useState } from 'preact/hooks';
import { count } from '../../language/format.ts';
import type { BulkAction, ListedJob } from '../../page.ts';
import { Button } from '../../parts/button.tsx';
import { confirmed } from '../../parts/dialog.tsx';
import { attempt, tell } from '../../parts/messages.tsx';
import { Progress } from '../../parts/progress.tsx';
import { useJobNames } from '../../shell/kinds.ts';
import { allJobs, mostJobs } from './all-jobs.ts';
import { doToAll, isPossible, type BulkProgress, type Target } from './bulk.ts';
import type { JobQuery } from './filter.ts';
import { say } from './texts.ts';

const icons: Readonly<Record<BulkAction, LucideIcon>> = { cancel: Ban, retry: RotateCcw, delete: Trash2 };
const actions = ['cancel', 'retry', 'delete'] as const;
/** From so many on, the number has to be typed. */
const typedOver = 100;

/** What can be done to the chosen rows, or to all that the filter finds. */
export function Selection({ jobs, chosen, query, total, hasMore, onClear, onDone }: {
  readonly jobs: readonly ListedJob[];
  readonly chosen: ReadonlySet<string>;
  readonly query: JobQuery;
  readonly total: { readonly count: number; readonly capped: boolean } | null;
  readonly hasMore: boolean;
  readonly onClear: () => void;
  readonly onDone: () => Promise<void>;
}) {
  const [isAll, setAll] = useState(false);
  const [progress, setProgress] = useState<BulkProgress | 'collecting' | null>(null);
  const stop = useRef<AbortController | null>(null);
  const { kindOf } = useJobNames();
  const isPage = hasMore && jobs.length > 0 && jobs.every(({ id }) => chosen.has(id));
  const matching = total === null ? 0 : total.count;
  const isBounded = total !== null && (total.capped || total.count > mostJobs);
  const run = async (action: BulkAction): Promise<void> => {
    const { signal } = (stop.current = new AbortController());
    if (isAll) setProgress('collecting');
    const all = isAll ? await matchingJobs(query, signal) : jobs.filter(({ id }) => chosen.has(id));
    setProgress(null);
    const targets = all.filter((job) => isPossible(action, job, kindOf));
    if (targets.length === 0) return tell(say().bulkNone[action], 'bad');
    if (!(await isSure(action, targets.length, all.length - targets.length))) return;
    setProgress({ done: 0, failed: 0, all: targets.length });
    const { done, failed } = await doToAll(action, targets, kindOf, signal, setProgress);
    onClear();
    await onDone();
    if (failed === 0) tell(say().bulkDone(done, count(done)));
    else tell(say().bulkFailed(count(done), count(failed)), 'bad');
  };
  const start = (action: BulkAction): void => {
    void attempt(() => run(action)).finally(() => setProgress(null));
  };
  const selected = isAll
    ? isBounded
      ? say().selectedFirst(count(mostJobs))
      : say().selectedMatching(count(matching))
    : say().selected(chosen.size, count(chosen.size));
  return (
    <section class="selection" aria-label={selected}>
      <strong role="status">{selected}</strong>
      {isPage && !isAll && total !== null && (
        <Button look="quiet" onClick={() => setAll(true)}>
          {say().selectMatching(total.capped ? `${count(total.count)}+` : count(total.count))}
        </Button>
      )}
      {progress === null ? (
        <Buttons onAction={start} />
      ) : (
        <Running progress={progress} onStop={() => stop.current?.abort()} />
      )}
      <Button look="quiet" icon={X} label={say().unselect} disabled={progress !== null} onClick={onClear} />
    </section>
  );
}

async function matchingJobs(query: JobQuery, signal: AbortSignal): Promise<readonly Target[]> {
  const found: Target[] = [];
  await allJobs(query, signal, (page) => found.push(...page.map(({ id, kind, phase }) => ({ id, kind, phase }))));
  return found;
}

function Buttons({ onAction }: { readonly onAction: (action: BulkAction) => void }) {
  return (
    <>
      {actions.map((action) => (
        <Button
          key={action} icon={icons[action]} look={action === 'delete' ? 'danger' : 'plain'}
          onClick={() => onAction(action)}
        >
          {say().bulk[action]}
        </Button>
      ))}
    </>
  );
}

function isSure(action: BulkAction, n: number, skipped: number): Promise<boolean> {
  const text = count(n);
  return confirmed({
    title: say().bulkTitle[action](n, text),
    text: [say().bulkText[action], ...(skipped > 0 ? [say().bulkSkips(count(skipped))] : [])].join(' '),
    action: say().bulkAction[action](n, text),
    dangerous: action !== 'retry',
    ...(n > typedOver && { typed: String(n) }),
  });
}

function Running({
  progress,
  onStop,
}: {
  readonly progress: BulkProgress | 'collecting';
  readonly onStop: () => void;
}) {
  const text =
    progress === 'collecting'
      ? say().collecting
      : say().bulkRunning(count(progress.done + progress.failed), count(progress.all));
  const { done, failed, all } = progress === 'collecting' ? { done: 0, failed: 0, all: null } : progress;
  return (
    <span class="row grow">
      <Progress label={text} done={done} failed={failed} total={all} />
      <span class="small">{text}</span>
      <Button onClick={onStop}>{say().stop}</Button>
    </span>
  );
}
