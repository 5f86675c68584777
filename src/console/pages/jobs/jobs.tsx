import { ArrowUp, Columns3, Download, PackageOpen, SearchX } from 'lucide-preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { count } from '../../language/format.ts';
import { Button } from '../../parts/button.tsx';
import { Code } from '../../parts/copy.tsx';
import { announce, attempt, tell } from '../../parts/messages.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { shared } from '../../parts/texts.ts';
import { Empty, Skeleton, View } from '../../parts/view.tsx';
import { useJobNames } from '../../shell/kinds.ts';
import { go, place } from '../../shell/router.ts';
import { ChooseColumns, useColumns } from './columns.tsx';
import { FilterBar } from './filter-bar.tsx';
import { requestOf, termsOf, type JobQuery } from './filter.ts';
import { useJobList, type JobList } from './job-list.ts';
import { JobTable } from './job-table.tsx';
import { exportJobs } from './export.ts';
import { Selection } from './selection.tsx';
import { say } from './texts.ts';
import './jobs.css';

export default function Jobs() {
  const key = place.value.query.toString();
  const terms = useMemo(() => termsOf(place.peek().query), [key]);
  const query = useMemo(() => requestOf(terms, Date.now()), [terms]);
  const { phaseOf } = useJobNames();
  const list = useJobList(key, query, phaseOf);
  const [isChoosing, setChoosing] = useState(false);
  const columns = useColumns();
  const jobs = list.data.value ?? [];
  return (
    <>
      <PageHead title={say().title}>
        <Button icon={Columns3} onClick={() => setChoosing(true)}>
          {say().chooseColumns}
        </Button>
        <Export query={query} />
      </PageHead>
      <FilterBar terms={terms} jobs={jobs} />
      <ListHead list={list} />
      <View of={list} skeleton={<Skeleton lines={12} height="line" />}>
        {(shown) =>
          shown.length === 0 ? (
            <Nothing isFiltered={terms.length > 0} />
          ) : (
            <Rows key={key} list={list} query={query} columns={columns} />
          )
        }
      </View>
      {isChoosing && <ChooseColumns onClose={() => setChoosing(false)} />}
    </>
  );
}

function ListHead({ list }: { readonly list: JobList }) {
  const total = list.total.value;
  const fresh = list.fresh.value;
  useEffect(() => {
    if (fresh > 0) announce(say().fresh(count(fresh)));
  }, [fresh]);
  return (
    <div class="list-head">
      <span class="quiet" role="status">
        {total !== null &&
          (total.capped ? say().totalAtLeast(count(total.count)) : say().total(total.count, count(total.count)))}
      </span>
      {fresh > 0 && (
        <button
          type="button"
          class="fresh"
          title={say().freshHint}
          onClick={() => {
            scrollTo(0, 0);
            void list.reload();
          }}
        >
          <ArrowUp size={14} aria-hidden="true" />
          {say().fresh(fresh >= 50 ? `${count(fresh)}+` : count(fresh))}
        </button>
      )}
    </div>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  if (!isFiltered) {
    return (
      <Empty icon={PackageOpen} title={say().none}>
        <p>{say().noneText}</p>
        <Code text={'waybill task run hello --data \'{"name":"world"}\''} wrap />
      </Empty>
    );
  }
  return (
    <Empty icon={SearchX} title={say().noMatch}>
      <p>{say().noMatchText}</p>
      <Button onClick={() => go('/jobs')}>{say().clear}</Button>
    </Empty>
  );
}

function Rows({
  list,
  query,
  columns,
}: {
  readonly list: JobList;
  readonly query: JobQuery;
  readonly columns: ReturnType<typeof useColumns>;
}) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choose = useMemo(
    () => (ids: readonly string[], isChosen: boolean) =>
      setChosen((known) => {
        const next = new Set(known);
        for (const id of ids) isChosen ? next.add(id) : next.delete(id);
        return next;
      }),
    [],
  );
  const jobs = list.data.value ?? [];
  // A list that begins anew may be without some that were chosen.
  const here = new Set(jobs.flatMap(({ id }) => (chosen.has(id) ? [id] : [])));
  return (
    <>
      <JobTable jobs={jobs} columns={columns} chosen={here} choose={choose} />
      {list.hasMore.value && (
        <div class="more">
          <Button busy={list.isGrowing.value} onClick={() => void list.grow()}>
            {shared().more}
          </Button>
        </div>
      )}
      {here.size > 0 && (
        <Selection
          jobs={jobs}
          chosen={here}
          query={query}
          total={list.total.value}
          hasMore={list.hasMore.value}
          onClear={() => setChosen(new Set())}
          onDone={list.reload}
        />
      )}
    </>
  );
}

function Export({ query }: { readonly query: JobQuery }) {
  const [done, setDone] = useState<number | null>(null);
  const { titleOf } = useJobNames();
  const start = async (): Promise<void> => {
    setDone(0);
    await attempt(async () => {
      const { count: rows, hasMore } = await exportJobs(query, titleOf, setDone);
      tell(hasMore ? say().exportedFirst(count(rows)) : say().exported(rows, count(rows)));
    });
    setDone(null);
  };
  return (
    <Button icon={Download} busy={done !== null} onClick={() => void start()}>
      {done === null ? say().exportCsv : say().exporting(count(done))}
    </Button>
  );
}
