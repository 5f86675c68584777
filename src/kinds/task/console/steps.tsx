import { count, duration } from '../../../console/language/format.ts';
import type { ListedJob } from '../../../console/page.ts';
import { JobName } from '../../../console/parts/job-rows.tsx';
import { Json } from '../../../console/parts/json.tsx';
import { More, usePaged } from '../../../console/parts/paged.tsx';
import { PhaseMark } from '../../../console/parts/phase.tsx';
import { Table, type Column } from '../../../console/parts/table.tsx';
import { Moment, Took, When } from '../../../console/parts/time.tsx';
import { api } from '../../../console/server/api.ts';
import { useJobNames } from '../../../console/shell/kinds.ts';
import { ticking } from '../../../console/shell/ticks.ts';
import { excerptOf, stepRows, type StepRow } from './step-rows.ts';
import type { TaskJob } from './task-job.ts';
import { say } from './page-texts.ts';

const pageSize = 50;
/** How often the tasks that it has started are looked at, while it has not ended. */
const everyMs = 5_000;

/** What the handler has done and waits for: its checkpoints and sleeps, and the tasks that it has started. */
export function StepsOf({ task }: { readonly task: TaskJob }) {
  const isOver = task.endedAt !== null;
  const children = usePaged<ListedJob, string>(
    async (cursor, signal) => {
      const query = { parent: task.id, limit: pageSize, ...(cursor !== null && { cursor }) };
      const { jobs, nextCursor } = await api().listJobs({ query }, { signal });
      return { rows: jobs, next: nextCursor };
    },
    [task.id],
    { live: { jobId: task.id }, ...(!isOver && { everyMs }) },
  );
  const { stateText } = useJobNames();
  const rows = stepRows(task.steps, children.data.value ?? []);
  if (rows.length === 0) return null;
  return (
    <section class="card">
      <h2>{say().steps.title}</h2>
      <Table caption={say().steps.title} columns={columns(stateText)} rows={rows} keyOf={({ key }) => key} />
      <More of={children} />
    </section>
  );
}

type StateText = ReturnType<typeof useJobNames>['stateText'];

function columns(stateText: StateText): readonly Column<StepRow>[] {
  const texts = say().steps;
  return [
    { name: 'step', head: texts.step, cell: (row) => <Name row={row} /> },
    { name: 'state', head: texts.state, cell: (row) => <State row={row} stateText={stateText} /> },
    { name: 'at', head: texts.at, optional: true, cell: ({ at }) => <Moment at={at} /> },
    { name: 'took', head: texts.took, numeric: true, cell: (row) => <Duration row={row} /> },
    { name: 'result', head: say().result, cell: (row) => <Result row={row} /> },
  ];
}

function Name({ row }: { readonly row: StepRow }) {
  if (row.is === 'child') return <JobName job={row.child} />;
  const { name, attempt } = row.step;
  return (
    <span class="job-name">
      <span>{name}</span>
      {attempt > 1 && <span class="small quiet">{say().steps.inAttempt(count(attempt))}</span>}
    </span>
  );
}

function State({ row, stateText }: { readonly row: StepRow; readonly stateText: StateText }) {
  if (row.is === 'child') return <PhaseMark phase={row.child.phase} text={stateText(row.child)} />;
  return <PhaseMark phase={isOpen(row) ? 'waiting' : 'succeeded'} />;
}

/** Whether it is a sleep that is not over. */
function isOpen(row: StepRow): boolean {
  return row.is === 'sleep' && Date.parse(row.until) > ticking.value;
}

function Duration({ row }: { readonly row: StepRow }) {
  if (row.is === 'sleep') return <>{duration(Math.max(0, Date.parse(row.until) - Date.parse(row.at)))}</>;
  if (row.is === 'step') return <>{row.step.tookMs === null ? '–' : duration(row.step.tookMs)}</>;
  const { startedAt, endedAt } = row.child;
  return startedAt === null ? <>–</> : <Took from={startedAt} to={endedAt} />;
}

function Result({ row }: { readonly row: StepRow }) {
  if (row.is === 'sleep' && isOpen(row)) return <When at={row.until} />;
  if (row.is !== 'step' || row.step.result === null) return <>–</>;
  const { name, result } = row.step;
  const excerpt = excerptOf(result);
  if (typeof result !== 'object' && !excerpt.endsWith('…')) return <code>{excerpt}</code>;
  return (
    <details class="step-result">
      <summary><code>{excerpt}</code></summary>
      <Json text={JSON.stringify(result)} label={`${say().result}: ${name}`} />
    </details>
  );
}
