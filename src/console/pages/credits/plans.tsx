import { SlidersHorizontal } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { count } from '../../language/format.ts';
import { Button, ButtonLink } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { tell } from '../../parts/messages.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { shared } from '../../parts/texts.ts';
import { Failure, Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { useSending } from '../../server/sending.ts';
import { say } from './texts.ts';

type Plan = RouteAnswer<CoreRoutes['listPlans']>['plans'][number];

const names = ['startingCredits', 'runningJobs', 'ruleSlots', 'failedItemsPerHour'] as const;

/** What each plan allows, for administrators. */
export function Plans() {
  const loaded = useLoad((signal) => api().listPlans({}, { signal }), []);
  const [edited, setEdited] = useState<Plan | null>(null);
  const columns: readonly Column<Plan>[] = [
    { name: 'plan', head: say().plan, cell: ({ plan }) => say().plans[plan] },
    ...names.map((name): Column<Plan> => ({
      name, head: say().limits[name], numeric: true, cell: ({ limits }) => count(limits[name]),
    })),
    {
      name: 'edit', head: <span class="unseen">{say().change}</span>, numeric: true,
      cell: (plan) => (
        <Button icon={SlidersHorizontal} label={say().changeOf(say().plans[plan.plan])} onClick={() => setEdited(plan)}>
          {say().change}
        </Button>
      ),
    },
  ];
  return (
    <div class="stack">
      <p class="quiet">{say().plansLead}</p>
      <View of={loaded} skeleton={<Skeleton lines={2} height="line" />}>
        {({ plans }) => (
          <Table caption={say().plansCaption} columns={columns} rows={plans} keyOf={({ plan }) => plan} />
        )}
      </View>
      <div class="row"><ButtonLink to="/audit?action=putPlan">{say().history}</ButtonLink></div>
      {edited !== null && (
        <Edit of={edited} onClose={() => setEdited(null)} onSaved={loaded.reload} />
      )}
    </div>
  );
}

function Edit({ of: { plan, limits, shipped }, onClose, onSaved }: {
  readonly of: Plan;
  readonly onClose: () => void;
  readonly onSaved: () => Promise<void>;
}) {
  const [values, setValues] = useState(() => names.map((name) => String(limits[name])));
  const { busy, failure, fields, send } = useSending();
  const isForField = names.some((name) => fields[name] !== undefined);
  const save = () => send(async () => {
    const body = Object.fromEntries(names.map((name, at) => [name, Number(values[at])]));
    await api().putPlan({ params: { plan }, body });
    await onSaved();
    tell(say().planSaved);
    onClose();
  });
  return (
    <Dialog title={say().changeOf(say().plans[plan])} onClose={onClose}>
      <form onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}>
        {failure !== null && !isForField && <Failure of={failure} />}
        {names.map((name, at) => (
          <TextField
            key={name} label={say().limits[name]} hint={say().ships(count(shipped[name]))} type="number" min={0}
            step={1} inputMode="numeric" required value={values[at]!} problem={fields[name]}
            onValue={(value) => setValues(values.with(at, value))}
          />
        ))}
        <footer class="actions">
          <Button onClick={onClose}>{shared().cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>{shared().save}</Button>
        </footer>
      </form>
    </Dialog>
  );
}
