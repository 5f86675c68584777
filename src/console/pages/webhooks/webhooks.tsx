import { SearchX, Webhook } from 'lucide-preact';
import { count } from '../../language/format.ts';
import { Code } from '../../parts/copy.tsx';
import { SelectField } from '../../parts/field.tsx';
import { Link } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { More, usePaged } from '../../parts/paged.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { Tabs, useTab } from '../../parts/tabs.tsx';
import { Ago } from '../../parts/time.tsx';
import { Empty, Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { place, setQuery } from '../../shell/router.ts';
import { isAdmin } from '../../shell/session.ts';
import { Endpoints } from './endpoints.tsx';
import { DeliveryState, states, type Delivery } from './state.tsx';
import { say } from './texts.ts';
import './webhooks.css';

export default function Webhooks() {
  const tabs = [['deliveries', say().deliveries], ['secret', say().secret]] as const;
  const tab = useTab(tabs);
  return (
    <>
      <PageHead title={say().title} lead={say().lead} />
      <Tabs tabs={tabs} label={say().parts} />
      {tab === 'secret' ? <Endpoints /> : <Deliveries />}
    </>
  );
}

function Deliveries() {
  const asked = place.value.query.get('state');
  const state = states.find((each) => each === asked);
  const list = usePaged<Delivery, string>(
    async (cursor, signal) => {
      const query = { limit: 50, ...(state !== undefined && { state }), ...(cursor !== null && { cursor }) };
      const { deliveries, nextCursor } = await api().listWebhookDeliveries({ query }, { signal });
      return { rows: deliveries, next: nextCursor };
    },
    [state],
    { live: 'jobs', throttleMs: 5_000 },
  );
  return (
    <div class="stack">
      <div class="search-row">
        <SelectField
          label={say().state} value={state ?? ''} onValue={(chosen) => setQuery({ state: chosen })}
          options={[['', say().anyState], ...states.map((each) => [each, say().states[each]] as const)]}
        />
      </div>
      <View of={list} skeleton={<Skeleton lines={10} />}>
        {(deliveries) => (deliveries.length === 0 ? <None isFiltered={state !== undefined} /> : (
          <>
            <DeliveryTable deliveries={deliveries} />
            <More of={list} />
          </>
        ))}
      </View>
    </div>
  );
}

function None({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) return <Empty icon={SearchX} title={say().nothing}><p>{say().nothingText}</p></Empty>;
  return (
    <Empty icon={Webhook} title={say().none}>
      <p>{say().noneText}</p>
      <p class="small">{say().noneExample}</p>
      <Code text={'waybill task run resize --webhook-url https://shop.example/hooks'} wrap />
    </Empty>
  );
}

function DeliveryTable({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  const whose: Column<Delivery> = { name: 'owner', head: say().owner, cell: ({ ownerId }) => ownerId };
  const columns: readonly Column<Delivery>[] = [
    {
      name: 'event', head: say().event,
      cell: ({ deliveryId, type }) => <Link to={`/webhooks/${deliveryId}`}>{type}</Link>,
    },
    { name: 'to', head: say().to, cell: ({ url }) => <span class="webhook-url">{url}</span> },
    ...(isAdmin.value ? [whose] : []),
    { name: 'state', head: say().state, cell: ({ state }) => <DeliveryState of={state} /> },
    { name: 'attempts', head: say().attempts, numeric: true, cell: ({ attempts }) => count(attempts) },
    { name: 'created', head: say().created, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  ];
  return <Table caption={say().caption} columns={columns} rows={deliveries} keyOf={({ deliveryId: id }) => id} />;
}
