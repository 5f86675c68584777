import { PackageOpen } from 'lucide-preact';
import { texts } from '../../language/language.ts';
import { count, money } from '../../language/format.ts';
import type { ListedJob } from '../../page.ts';
import { Link } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { PhaseMark } from '../../parts/phase.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { Ago } from '../../parts/time.tsx';
import { Empty, Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { useJobNames } from '../../shell/kinds.ts';

const say = texts({
  en: {
    title: 'Jobs', caption: 'Jobs, newest first', job: 'Job', state: 'State', progress: 'Progress', cost: 'Cost',
    created: 'Created', none: 'No jobs yet', noneText: 'Jobs of every kind are listed here, newest first.',
  },
  de: {
    title: 'Aufträge', caption: 'Aufträge, die neuesten zuerst', job: 'Auftrag', state: 'Zustand',
    progress: 'Fortschritt', cost: 'Kosten', created: 'Erstellt', none: 'Noch keine Aufträge',
    noneText: 'Hier stehen Aufträge jeder Art, die neuesten zuerst.',
  },
});

export default function Jobs() {
  const page = useLoad((signal) => api().listJobs({ query: { limit: 50 } }, { signal }), [], { live: 'jobs' });
  const { titleOf, pathOf, stateText } = useJobNames();
  const columns: readonly Column<ListedJob>[] = [
    { name: 'job', head: say().job, cell: (job) => <Link to={pathOf(job)}>{titleOf(job)}</Link> },
    { name: 'state', head: say().state, cell: (job) => <PhaseMark phase={job.phase} text={stateText(job)} /> },
    {
      name: 'progress', head: say().progress, numeric: true, optional: true,
      cell: ({ progress: { done, total } }) => (total === null ? '–' : `${count(done)} / ${count(total)}`),
    },
    { name: 'cost', head: say().cost, numeric: true, cell: ({ costMicroUsd }) => money(costMicroUsd) },
    { name: 'created', head: say().created, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  ];
  return (
    <>
      <PageHead title={say().title} />
      <View of={page} skeleton={<Skeleton lines={12} />}>
        {({ jobs }) => (jobs.length === 0
          ? <Empty icon={PackageOpen} title={say().none}><p>{say().noneText}</p></Empty>
          : <Table caption={say().caption} columns={columns} rows={jobs} keyOf={({ id }) => id} />)}
      </View>
    </>
  );
}
