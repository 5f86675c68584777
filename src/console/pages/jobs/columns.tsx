import { signal } from '@preact/signals';
import { count, money } from '../../language/format.ts';
import type { ListedJob } from '../../page.ts';
import { CheckField } from '../../parts/field.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Link } from '../../parts/link.tsx';
import { PhaseMark } from '../../parts/phase.tsx';
import { Progress } from '../../parts/progress.tsx';
import type { Column } from '../../parts/table.tsx';
import { Ago, Took } from '../../parts/time.tsx';
import { useJobNames } from '../../shell/kinds.ts';
import { keep, kept } from '../../shell/kept.ts';
import { isAdmin } from '../../shell/session.ts';
import { say } from './texts.ts';

const names = [
  'state',
  'kind',
  'type',
  'progress',
  'took',
  'cost',
  'owner',
  'labels',
  'id',
  'created',
  'updated',
] as const;
type Name = (typeof names)[number];
const usual: readonly Name[] = ['state', 'progress', 'took', 'cost', 'owner', 'created'];

const chosen = signal<readonly Name[]>(
  kept('jobs.columns')
    ?.split(',')
    .filter((name): name is Name => (names as readonly string[]).includes(name)) ?? usual,
);

function choose(name: Name, isChosen: boolean): void {
  const others = chosen.value.filter((one) => one !== name);
  chosen.value = names.filter((one) => others.includes(one) || (one === name && isChosen));
  keep('jobs.columns', chosen.value.join(','));
}

/** Those that the user wants to see; the job itself always. */
export function useColumns(): readonly Column<ListedJob>[] {
  const { titleOf, pathOf, stateText, kindOf } = useJobNames();
  const heads = say().columns;
  const cells: Readonly<Record<Name, Omit<Column<ListedJob>, 'name' | 'head'>>> = {
    state: { cell: (job) => <PhaseMark phase={job.phase} text={stateText(job)} /> },
    kind: { cell: (job) => kindOf(job)?.name() ?? job.kind, optional: true },
    type: { cell: ({ type }) => type ?? '–', optional: true },
    progress: { cell: (job) => <JobProgress job={job} />, optional: true },
    took: {
      cell: ({ startedAt, endedAt }) => (startedAt === null ? '–' : <Took from={startedAt} to={endedAt} />),
      numeric: true,
      optional: true,
    },
    cost: { cell: ({ costMicroUsd }) => (costMicroUsd === 0 ? '–' : money(costMicroUsd)), numeric: true },
    owner: { cell: ({ ownerId }) => ownerId, optional: true },
    labels: {
      cell: ({ labels }) =>
        Object.entries(labels)
          .map(([name, value]) => `${name}:${value}`)
          .join(', '),
    },
    id: { cell: ({ id }) => <code title={id}>{id.slice(0, 13)}…</code>, optional: true },
    created: { cell: ({ createdAt }) => <Ago at={createdAt} /> },
    updated: { cell: ({ updatedAt }) => <Ago at={updatedAt} />, optional: true },
  };
  const job: Column<ListedJob> = {
    name: 'job',
    head: heads.job,
    cell: (one) => {
      const Icon = kindOf(one)?.icon;
      return (
        <Link to={pathOf(one)} class="job-title">
          {Icon && <Icon size={16} aria-hidden="true" />}
          <span>{titleOf(one)}</span>
        </Link>
      );
    },
  };
  const shown = chosen.value.filter((name) => name !== 'owner' || isAdmin.value);
  return [job, ...shown.map((name) => ({ name, head: heads[name], ...cells[name] }))];
}

function JobProgress({
  job: {
    progress: { done, failed, total },
    phase,
  },
}: {
  readonly job: ListedJob;
}) {
  if (total === null || total === 0) return <>–</>;
  const text = `${count(done + failed)} / ${count(total)}`;
  return (
    <span class="job-progress">
      {phase === 'active' && <Progress label={text} done={done} failed={failed} total={total} />}
      <span class="small">{text}</span>
    </span>
  );
}

export function ChooseColumns({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title={say().chooseColumns} onClose={onClose}>
      <div class="stack">
        {names
          .filter((name) => name !== 'owner' || isAdmin.value)
          .map((name) => (
            <CheckField
              key={name}
              label={say().columns[name]}
              checked={chosen.value.includes(name)}
              onChecked={(isChosen) => choose(name, isChosen)}
            />
          ))}
        <p class="small quiet">{say().columnsKept}</p>
      </div>
    </Dialog>
  );
}
