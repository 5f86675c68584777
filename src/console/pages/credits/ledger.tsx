import { Coins } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { count } from '../../language/format.ts';
import { Link } from '../../parts/link.tsx';
import { attempt } from '../../parts/messages.tsx';
import { More, usePaged } from '../../parts/paged.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { Ago, Moment } from '../../parts/time.tsx';
import { Empty, Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useJobNames } from '../../shell/kinds.ts';
import { say } from './texts.ts';

type Entry = RouteAnswer<CoreRoutes['listLedger']>['entries'][number];

/** What is shown in one line: a grant, or all that was moved for a job. Newest entry first. */
interface Line {
  readonly key: string;
  readonly entries: readonly Entry[];
}

export function Ledger({ userId, live }: { readonly userId: string; readonly live: boolean }) {
  const list = usePaged<Entry, number>(
    async (cursor, signal) => {
      const query = { order: 'desc', limit: 50, after: cursor ?? 0 } as const;
      const { entries, nextAfter } = await api().listLedger({ params: { id: userId }, query }, { signal });
      return { rows: entries, next: nextAfter };
    },
    [userId],
    live ? { live: 'jobs', throttleMs: 3_000 } : {},
  );
  return (
    <section aria-labelledby="ledger" class="stack">
      <h2 id="ledger">{say().ledger}</h2>
      <View of={list} skeleton={<Skeleton lines={8} />}>
        {(entries) => (entries.length === 0
          ? <Empty icon={Coins} title={say().none}><p>{say().noneText}</p></Empty>
          : (
            <>
              <Lines userId={userId} lines={linesOf(entries)} />
              <More of={list} />
            </>
          ))}
      </View>
    </section>
  );
}

function linesOf(entries: readonly Entry[]): readonly Line[] {
  const lines = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = entry.jobId ?? String(entry.sequence);
    const line = lines.get(key);
    if (line === undefined) lines.set(key, [entry]);
    else line.push(entry);
  }
  return [...lines].map(([key, of]) => ({ key, entries: of }));
}

function Lines({ userId, lines }: { readonly userId: string; readonly lines: readonly Line[] }) {
  const columns: readonly Column<Line>[] = [
    { name: 'what', head: say().what, cell: ({ entries }) => <What userId={userId} entries={entries} /> },
    { name: 'amount', head: say().amount, numeric: true, cell: ({ entries }) => <Amount entries={entries} /> },
    { name: 'when', head: say().when, cell: ({ entries: [newest] }) => <Ago at={newest!.at} /> },
  ];
  return <Table caption={say().ledgerCaption} columns={columns} rows={lines} keyOf={({ key }) => key} />;
}

function What({ userId, entries }: { readonly userId: string; readonly entries: readonly Entry[] }) {
  const [all, setAll] = useState<readonly Entry[] | null>(null);
  const { kindOf, pathOf } = useJobNames();
  const [newest] = entries as [Entry];
  const { jobId, jobKind: kind, jobType, note } = newest;
  if (jobId === null) return <>{note === null ? say().grant : say().grantNote(note)}</>;
  const unfold = async (): Promise<void> => {
    if (all !== null || kind === null) return;
    await attempt(async () => {
      const answer = await api().listLedger({ params: { id: userId }, query: { jobId, limit: 200 } });
      if (answer.entries.length > 0) setAll(answer.entries);
    });
  };
  const oldestFirst = all ?? entries.toReversed();
  const known = kind === null ? undefined : kindOf({ kind });
  const Icon = known?.icon;
  const name = jobType || known?.name() || kind || jobId.slice(0, 8);
  return (
    <div class="ledger-line">
      <span class="job-name">
        {Icon && <Icon size={16} aria-hidden="true" />}
        {kind === null
          ? <span title={jobId}>{name} <span class="small quiet">({say().gone})</span></span>
          : <Link to={pathOf({ id: jobId, kind })} title={jobId}>{name}</Link>}
      </span>
      <details onToggle={({ currentTarget }) => currentTarget.open && void unfold()}>
        <summary class="small quiet">
          {oldestFirst.map(({ type, amount }) => say().steps[type](count(amount))).join(' → ')}
        </summary>
        <ol class="small">
          {oldestFirst.map(({ sequence, type, amount, at }) => (
            <li key={sequence}><span>{say().steps[type](count(amount))}</span><Moment at={at} /></li>
          ))}
        </ol>
      </details>
    </div>
  );
}

/** What it came to in the end: what was given or charged; while a job runs, what it holds. */
function Amount({ entries }: { readonly entries: readonly Entry[] }) {
  const sum = (...types: readonly Entry['type'][]): number =>
    entries.filter(({ type }) => types.includes(type)).reduce((total, { amount }) => total + amount, 0);
  const [granted, spent] = [sum('grant'), sum('commit')];
  if (granted > 0) return <span class="credit-in">+{count(granted)}</span>;
  const held = sum('reserve') - spent - sum('return', 'rollback');
  if (held > 0) return <span class="quiet">{say().stillHeld(count(held))}</span>;
  return spent > 0 ? <>−{count(spent)}</> : <span class="quiet">{say().nothingCharged}</span>;
}
