import { CircleStop } from 'lucide-preact';
import { Button } from '../../../console/parts/button.tsx';
import { confirmed } from '../../../console/parts/dialog.tsx';
import { Link } from '../../../console/parts/link.tsx';
import { attempt } from '../../../console/parts/messages.tsx';
import { PhaseMark } from '../../../console/parts/phase.tsx';
import { Table, type Column } from '../../../console/parts/table.tsx';
import { Ago } from '../../../console/parts/time.tsx';
import { Skeleton, View } from '../../../console/parts/view.tsx';
import { api } from '../../../console/server/api.ts';
import { useLoad } from '../../../console/server/load.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { fleetRoutes } from '../contract/fleet.ts';
import { say as ofPages } from './page-texts.ts';

const say = () => ofPages().fleet;
type Routes = typeof fleetRoutes;
type Worker = RouteAnswer<Routes['listFleetWorkers']>['workers'][number];
const everyMs = 5_000;

/** The workers that providers have started and not ended. */
export default function Fleet() {
  const loaded = useLoad(
    (signal) => api<Routes>().listFleetWorkers({ query: { ended: false, limit: 200 } }, { signal }),
    [],
    { everyMs },
  );
  const drain = async (id: string): Promise<void> => {
    const isSure = await confirmed({
      title: say().drainTitle,
      text: say().drainText,
      action: say().drain,
      dangerous: true,
    });
    if (!isSure) return;
    await attempt(() => api<Routes>().drainWorker({ params: { id }, body: {} }), say().drained, loaded.reload);
  };
  return (
    <section>
      <header class="section-head">
        <h2>{say().title}</h2>
      </header>
      <View of={loaded} skeleton={<Skeleton lines={3} height="line" />}>
        {({ workers }) =>
          workers.length === 0 ? (
            <p class="quiet">{say().none}</p>
          ) : (
            <Table
              caption={say().caption}
              columns={columnsOf((id) => void drain(id))}
              rows={workers}
              keyOf={({ id }) => id}
            />
          )
        }
      </View>
    </section>
  );
}

const phases = {
  CREATING: 'waiting',
  CONNECTING: 'waiting',
  READY: 'succeeded',
  BUSY: 'active',
  DRAINING: 'waiting',
  TERMINATED: 'canceled',
} as const satisfies Record<Worker['state'], string>;

function columnsOf(drain: (id: string) => void): readonly Column<Worker>[] {
  return [
    {
      name: 'worker',
      head: say().worker,
      cell: ({ id, resourceId }) => <code title={id}>{resourceId ?? `${id.slice(0, 13)}…`}</code>,
    },
    {
      name: 'state',
      head: say().state,
      cell: ({ state }) => <PhaseMark phase={phases[state]} text={say().states[state]} />,
    },
    { name: 'provider', head: say().provider, cell: ({ providerType }) => providerType },
    {
      name: 'job',
      head: say().job,
      cell: ({ jobId }) =>
        jobId === null ? (
          <span class="quiet">{say().idle}</span>
        ) : (
          <Link to={`/jobs/${jobId}`}>
            <code>{`${jobId.slice(0, 13)}…`}</code>
          </Link>
        ),
    },
    { name: 'since', head: say().since, optional: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
    {
      name: 'heard',
      head: say().heard,
      cell: ({ lastHeartbeatAt }) => (lastHeartbeatAt === null ? say().never : <Ago at={lastHeartbeatAt} />),
    },
    {
      name: 'actions',
      head: <span class="unseen">{say().actions}</span>,
      cell: ({ id, state }) =>
        state !== 'DRAINING' && (
          <Button icon={CircleStop} onClick={() => drain(id)}>
            {say().drain}
          </Button>
        ),
    },
  ];
}
