import { useEffect, useRef, useState } from 'preact/hooks';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { count, day } from '../../language/format.ts';
import { language } from '../../language/language.ts';
import { Table, type Column } from '../../parts/table.tsx';
import { Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { clientFault } from '../../server/failure.ts';
import { useLoad } from '../../server/load.ts';
import { theme } from '../../shell/theme.ts';
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

function Bars({ days }: { readonly days: readonly Day[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const [isSystemDark, setSystemDark] = useState(matchMedia('(prefers-color-scheme: dark)').matches);
  const sum = (name: 'spent' | 'granted'): string => count(days.reduce((total, each) => total + each[name], 0));
  useEffect(() => {
    const media = matchMedia('(prefers-color-scheme: dark)');
    const follow = (): void => setSystemDark(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  useEffect(() => {
    const into = frame.current!;
    let remove: (() => void) | null = null;
    let isWanted = true;
    import('./bars.ts').then(({ drawBars }) => {
      if (!isWanted) return;
      remove = drawBars(into, {
        at: days.map(noonOf), spent: days.map(({ spent }) => spent), granted: days.map(({ granted }) => granted),
      });
    }, clientFault);
    return () => {
      isWanted = false;
      remove?.();
    };
  }, [days, isSystemDark, theme.value, language.value]);
  return (
    <figure class="days">
      <div ref={frame} class="days-frame" role="img" aria-label={say().chartLabel(sum('spent'), sum('granted'))} />
      <figcaption class="row small" aria-hidden="true">
        <span class="key spent">{say().spent}</span><span class="key granted">{say().granted}</span>
      </figcaption>
    </figure>
  );
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
