import { SquareTerminal } from 'lucide-preact';
import type { ListedJob } from '../../../console/page.ts';
import { ButtonLink } from '../../../console/parts/button.tsx';
import { Code } from '../../../console/parts/copy.tsx';
import { Link } from '../../../console/parts/link.tsx';
import { PageHead } from '../../../console/parts/page-head.tsx';
import { PhaseMark } from '../../../console/parts/phase.tsx';
import { Table, type Column } from '../../../console/parts/table.tsx';
import { Ago, Took } from '../../../console/parts/time.tsx';
import { Empty, Skeleton, View } from '../../../console/parts/view.tsx';
import { api } from '../../../console/server/api.ts';
import { useLoad } from '../../../console/server/load.ts';
import { useJobNames } from '../../../console/shell/kinds.ts';
import type { providerRoutes } from '../contract/providers.ts';
import type { CommandJob } from './command-job.ts';
import { RunCommand } from './run-command.tsx';
import { say as ofPages } from './page-texts.ts';
import { say as ofCommands } from './texts.ts';
import './command.css';

const say = () => ofPages().run;
const shown = 20;

/** Runs one, and shows the newest. */
export default function Commands() {
  const providers = useLoad((signal) => api<typeof providerRoutes>().listProviders({}, { signal }), []);
  const recent = useLoad(
    (signal) => api().listJobs({ query: { kind: 'command', limit: shown } }, { signal }), [], { live: 'jobs' },
  );
  const names = providers.data.value?.providers.map(({ name }) => name);
  return (
    <>
      <PageHead title={ofCommands().commands} lead={say().lead} />
      {names?.length === 0 && (
        <div class="notice">
          <div><strong>{say().noProvider}</strong><p>{say().noProviderText}</p></div>
          <ButtonLink to="/providers">{say().toProviders}</ButtonLink>
        </div>
      )}
      <RunCommand providers={names ?? []} />
      <header class="section-head">
        <h2>{say().recent}</h2><Link to="/jobs?kind=command">{say().all}</Link>
      </header>
      <View of={recent} skeleton={<Skeleton lines={6} height="line" />}>
        {({ jobs }) => (jobs.length === 0
          ? (
            <Empty icon={SquareTerminal} title={say().none}>
              <p>{say().noneText}</p><Code text={'waybill job run --command "echo hi" --wait'} wrap />
            </Empty>
          )
          : <Recent jobs={jobs} />)}
      </View>
    </>
  );
}

function Recent({ jobs }: { readonly jobs: readonly ListedJob[] }) {
  const { titleOf, stateText } = useJobNames();
  const columns: readonly Column<ListedJob>[] = [
    { name: 'name', head: ofCommands().name, cell: (job) => <Link to={`/jobs/${job.id}`}>{titleOf(job)}</Link> },
    { name: 'state', head: say().state, cell: (job) => <PhaseMark phase={job.phase} text={stateText(job)} /> },
    {
      name: 'exit', head: ofPages().exitCode, numeric: true,
      cell: (job) => (job as unknown as CommandJob).exitCode ?? '–',
    },
    {
      name: 'took', head: ofPages().took, numeric: true, optional: true,
      cell: ({ startedAt, endedAt }) => (startedAt === null ? '–' : <Took from={startedAt} to={endedAt} />),
    },
    { name: 'created', head: say().created, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  ];
  return <Table caption={say().caption} columns={columns} rows={jobs} keyOf={({ id }) => id} />;
}
