import { texts } from '../language/language.ts';
import { money } from '../language/format.ts';
import type { ListedJob } from '../page.ts';
import { useJobNames } from '../shell/kinds.ts';
import { Link } from './link.tsx';
import { PhaseMark } from './phase.tsx';
import { Progress } from './progress.tsx';
import { Table, type Column } from './table.tsx';
import { Ago } from './time.tsx';

const say = texts({
  en: { job: 'Job', state: 'State', progress: 'Progress', cost: 'Cost', created: 'Created' },
  de: { job: 'Auftrag', state: 'Zustand', progress: 'Fortschritt', cost: 'Kosten', created: 'Erstellt' },
});

/** A job by its name, with what kind it is of, as a link. */
export function JobName({ job }: { readonly job: ListedJob }) {
  const { titleOf, pathOf, kindOf } = useJobNames();
  const Icon = kindOf(job)?.icon;
  return (
    <span class="job-name">
      {Icon && <Icon size={16} aria-hidden="true" />}<Link to={pathOf(job)}>{titleOf(job)}</Link>
    </span>
  );
}

/** A few jobs of any kind, as a short table. */
export function JobRows({ jobs, caption }: { readonly jobs: readonly ListedJob[]; readonly caption: string }) {
  const { stateText } = useJobNames();
  const columns: readonly Column<ListedJob>[] = [
    {
      name: 'job', head: say().job,
      cell: (job) => <JobName job={job} />,
    },
    { name: 'state', head: say().state, cell: (job) => <PhaseMark phase={job.phase} text={stateText(job)} /> },
    {
      name: 'progress', head: say().progress, optional: true,
      cell: ({ phase, progress }) => phase === 'active' && <Progress label={say().progress} {...progress} />,
    },
    {
      name: 'cost', head: say().cost, numeric: true,
      cell: ({ costMicroUsd }) => (costMicroUsd === 0 ? '–' : money(costMicroUsd)),
    },
    { name: 'created', head: say().created, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  ];
  return <Table caption={caption} columns={columns} rows={jobs} keyOf={({ id }) => id} />;
}
