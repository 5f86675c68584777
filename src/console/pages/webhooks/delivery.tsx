import { RotateCw } from 'lucide-preact';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { count, duration } from '../../language/format.ts';
import type { PageProps } from '../../page.ts';
import { Button } from '../../parts/button.tsx';
import { Code } from '../../parts/copy.tsx';
import { Json } from '../../parts/json.tsx';
import { Link } from '../../parts/link.tsx';
import { attempt } from '../../parts/messages.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { Moment, When } from '../../parts/time.tsx';
import { Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { DeliveryState } from './state.tsx';
import { say } from './texts.ts';
import './webhooks.css';

type Shown = RouteAnswer<CoreRoutes['getWebhookDelivery']>;
type Attempt = Shown['attempts'][number];

export default function DeliveryPage({ params: { id = '' } }: PageProps) {
  const loaded = useLoad(
    (signal) => api().getWebhookDelivery({ params: { id } }, { signal }), [id], { everyMs: 3_000 },
  );
  const resend = async (): Promise<void> => {
    await attempt(() => api().replayWebhookDelivery({ params: { id } }), say().resent, loaded.reload);
  };
  const shown = loaded.data.value;
  return (
    <>
      <PageHead title={shown?.delivery.type ?? say().title} crumb={<Link to="/webhooks">{say().title}</Link>}>
        {shown !== undefined && shown.delivery.state !== 'pending' && (
          <Button icon={RotateCw} look="primary" title={say().resendHint} onClick={() => void resend()}>
            {say().resend}
          </Button>
        )}
      </PageHead>
      <View of={loaded} skeleton={<Skeleton lines={3} height="card" />}>
        {(delivery) => <Parts of={delivery} />}
      </View>
    </>
  );
}

function Parts({ of: { delivery, body, attempts } }: { readonly of: Shown }) {
  const { deliveryId, url, state, jobId, ownerId, createdAt, endedAt, nextAttemptAt } = delivery;
  return (
    <div class="stack webhook-parts">
      <dl class="facts card">
        <dt>{say().state}</dt><dd><DeliveryState of={state} /></dd>
        <dt>{say().to}</dt><dd><Code text={url} wrap /></dd>
        {jobId !== null && <><dt>{say().job}</dt><dd><Link to={`/jobs/${jobId}`}>{jobId}</Link></dd></>}
        <dt>{say().owner}</dt><dd>{ownerId}</dd>
        <dt>{say().id}</dt><dd><Code text={deliveryId} /></dd>
        <dt>{say().created}</dt><dd><Moment at={createdAt} /></dd>
        {nextAttemptAt !== null && <><dt>{say().next}</dt><dd><When at={nextAttemptAt} /></dd></>}
        {endedAt !== null && <><dt>{say().ended}</dt><dd><Moment at={endedAt} /></dd></>}
      </dl>
      <section class="stack" aria-labelledby="attempts">
        <h2 id="attempts">{say().attemptsTitle}</h2>
        {attempts.length === 0
          ? <p class="quiet">{say().noAttempts}</p>
          : <Attempts attempts={attempts.toReversed()} />}
      </section>
      <section class="stack" aria-labelledby="body">
        <h2 id="body">{say().body}</h2>
        <Json text={body} label={say().body} />
      </section>
    </div>
  );
}

function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }) {
  const columns: readonly Column<Attempt>[] = [
    {
      name: 'answer', head: say().answer,
      cell: ({ status, error, body }) => (
        <span>
          {status === null ? say().noAnswer : `HTTP ${count(status)}`}
          {error !== null && <><br /><span class="small quiet">{error}</span></>}
          {body !== null && body !== '' && <pre class="webhook-answer">{body}</pre>}
        </span>
      ),
    },
    { name: 'took', head: say().took, numeric: true, cell: ({ durationMs }) => duration(durationMs) },
    { name: 'when', head: say().when, cell: ({ at }) => <Moment at={at} /> },
  ];
  return (
    <Table caption={say().attemptsCaption} columns={columns} rows={attempts} keyOf={({ at }) => at} />
  );
}
