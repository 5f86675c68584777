import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { count, day } from '../../language/format.ts';
import { Table, type Column } from '../../parts/table.tsx';
import { Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { say } from './texts.ts';

type Day = RouteAnswer<CoreRoutes['showAccountDays']>['days'][number];

/** What was spent and given on each of the last days, as bars and as a table. */
export function Days({ userId }: { readonly userId: string }) {
  const loaded = useLoad(
    (signal) => api().showAccountDays({ params: { id: userId } }, { signal }), [userId], { everyMs: 60_000 },
  );
  return (
    <section class="card" aria-labelledby="days">
      <h2 id="days">{say().days}</h2>
      <View of={loaded} skeleton={<Skeleton height="card" lines={2} />}>
        {({ days }) => (days.every(({ spent, granted }) => spent + granted === 0)
          ? <p class="quiet">{say().quiet}</p>
          : (
            <>
              <Bars days={days} />
              <details>
                <summary class="small quiet">{say().asTable}</summary>
                <DayTable days={days} />
              </details>
            </>
          ))}
      </View>
    </section>
  );
}

/** Days are in UTC: noon of them is the same day nearly everywhere. */
function noonOf({ date }: Day): number {
  return Date.parse(`${date}T12:00:00Z`);
}

/** Plain boxes: their colours follow the theme, and a library for this would be a sixth of the whole console. */
function Bars({ days }: { readonly days: readonly Day[] }) {
  const sum = (name: 'spent' | 'granted'): string => count(days.reduce((total, each) => total + each[name], 0));
  const most = Math.max(...days.map(({ spent, granted }) => Math.max(spent, granted)));
  const label = (at: number): string => day(noonOf(days[at]!));
  return (
    <figure class="days">
      <div class="days-frame" role="img" aria-label={say().chartLabel(sum('spent'), sum('granted'))}>
        <span class="days-most small quiet">{count(most)}</span>
        <div class="days-bars">
          {days.map((each) => (
            <span key={each.date} title={`${day(noonOf(each))}: ${count(each.spent)} / ${count(each.granted)}`}>
              {(['spent', 'granted'] as const).map((name) => (
                <i key={name} class={name} style={{ blockSize: heightOf(each[name], most) }} />
              ))}
            </span>
          ))}
        </div>
        <div class="days-axis small quiet">
          <span>{label(0)}</span><span>{label(Math.floor(days.length / 2))}</span><span>{label(days.length - 1)}</span>
        </div>
      </div>
      <figcaption class="row small" aria-hidden="true">
        <span class="key spent">{say().spent}</span><span class="key granted">{say().granted}</span>
      </figcaption>
    </figure>
  );
}

/** What is not nothing can be seen. */
function heightOf(value: number, most: number): string {
  return value === 0 ? '0' : `max(2px, ${(100 * value) / most}%)`;
}

function DayTable({ days }: { readonly days: readonly Day[] }) {
  const numbers = (['granted', 'held', 'spent', 'returned'] as const).map((name): Column<Day> => ({
    name, head: say()[name], numeric: true, cell: (each) => count(each[name]),
  }));
  const columns: readonly Column<Day>[] = [
    { name: 'day', head: say().day, cell: (each) => day(noonOf(each)) }, ...numbers,
  ];
  return <Table caption={say().days} columns={columns} rows={days.toReversed()} keyOf={({ date }) => date} />;
}
