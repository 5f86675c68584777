import { ScrollText, SearchX } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { texts } from '../../language/language.ts';
import { Button } from '../../parts/button.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { More, usePaged } from '../../parts/paged.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { Ago } from '../../parts/time.tsx';
import { Empty, Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { place, setQuery } from '../../shell/router.ts';
import { useActions } from './actions.ts';
import './audit.css';

const say = texts({
  en: {
    title: 'Audit',
    lead: 'What administrators and operators changed, of the server and of what belongs to others.',
    caption: 'Changes, newest first',
    when: 'When', who: 'Who', what: 'What', target: 'To what', details: 'Details', from: 'From',
    anyAction: 'Anything', actionLabel: 'What', actorLabel: 'Who', targetLabel: 'To what', sinceLabel: 'Since',
    filter: 'Filter', clear: 'Show everything',
    none: 'Nothing has been changed yet',
    noneText: 'As soon as somebody changes users, credits, limits, secrets or the jobs of others, it stands here.',
    nothing: 'Nothing fits', nothingText: 'No change fits what you are looking for.',
    unknownAddress: 'unknown address', key: 'with an API key',
    and: (fields: string) => `also ${fields}`,
  },
  de: {
    title: 'Protokoll',
    lead: 'Was Administratoren und Betrieb am Server und an Dingen anderer geändert haben.',
    caption: 'Änderungen, die neuesten zuerst',
    when: 'Wann', who: 'Wer', what: 'Was', target: 'Woran', details: 'Einzelheiten', from: 'Von',
    anyAction: 'Alles', actionLabel: 'Was', actorLabel: 'Wer', targetLabel: 'Woran', sinceLabel: 'Seit',
    filter: 'Filtern', clear: 'Alles zeigen',
    none: 'Noch wurde nichts geändert',
    noneText: 'Sobald jemand Benutzer, Guthaben, Grenzen, Geheimnisse oder Aufträge anderer ändert, steht es hier.',
    nothing: 'Nichts gefunden', nothingText: 'Keine Änderung passt zu dem, was Sie suchen.',
    unknownAddress: 'unbekannte Adresse', key: 'mit einem API-Schlüssel',
    and: (fields) => `außerdem ${fields}`,
  },
});

type Entry = RouteAnswer<CoreRoutes['listAudit']>['entries'][number];

const names = ['actor', 'action', 'target', 'from'] as const;
type Filter = Readonly<Partial<Record<(typeof names)[number], string>>>;

export default function Audit() {
  const { query } = place.value;
  const filter: Filter = Object.fromEntries(
    names.flatMap((name) => (query.get(name) ? [[name, query.get(name)!]] : [])),
  );
  const list = usePaged<Entry, string>(
    async (cursor, signal) => {
      const { entries, nextCursor } = await api().listAudit(
        { query: { ...filter, limit: 50, ...(cursor !== null && { cursor }) } }, { signal },
      );
      return { rows: entries, next: nextCursor };
    },
    [JSON.stringify(filter)],
  );
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <PageHead title={say().title} lead={say().lead} />
      <div class="stack">
        <FilterForm key={JSON.stringify(filter)} filter={filter} />
        <View of={list} skeleton={<Skeleton lines={10} />}>
          {(entries) => (entries.length === 0
            ? isFiltered
              ? <Empty icon={SearchX} title={say().nothing}><p>{say().nothingText}</p></Empty>
              : <Empty icon={ScrollText} title={say().none}><p>{say().noneText}</p></Empty>
            : <><Entries entries={entries} /><More of={list} /></>)}
        </View>
      </div>
    </>
  );
}

function FilterForm({ filter }: { readonly filter: Filter }) {
  const [actor, setActor] = useState(filter.actor ?? '');
  const [target, setTarget] = useState(filter.target ?? '');
  const [from, setFrom] = useState(filter.from ?? '');
  const [action, setAction] = useState(filter.action ?? '');
  const apply = (): void => setQuery({ actor: actor.trim(), target: target.trim(), from, action });
  return (
    <form class="search-row" role="search" onSubmit={(event) => {
      event.preventDefault();
      apply();
    }}>
      <TextField label={say().actorLabel} type="search" autocapitalize="none" value={actor} onValue={setActor} />
      <SelectField
        label={say().actionLabel} value={action} onValue={setAction}
        options={[['', say().anyAction], ...useActions()]}
      />
      <TextField
        label={say().targetLabel} type="search" autocapitalize="none" value={target} onValue={setTarget}
      />
      <TextField label={say().sinceLabel} type="date" value={from} onValue={setFrom} />
      <Button type="submit">{say().filter}</Button>
      {Object.keys(filter).length > 0 && (
        <Button look="quiet" onClick={() => setQuery(Object.fromEntries(names.map((name) => [name, null])))}>
          {say().clear}
        </Button>
      )}
    </form>
  );
}

function Entries({ entries }: { readonly entries: readonly Entry[] }) {
  const actions = useActions();
  const columns: readonly Column<Entry>[] = [
    {
      name: 'what', head: say().what,
      cell: ({ action }) => <span title={action}>{actions.get(action) ?? action}</span>,
    },
    { name: 'target', head: say().target, cell: ({ target }) => <span class="audit-target">{target || '–'}</span> },
    {
      name: 'who', head: say().who,
      cell: ({ actor, address, credential }) => (
        <span>
          {actor}<br />
          <span class="small quiet">
            {address ?? say().unknownAddress}{credential.startsWith('key ') && `, ${say().key}`}
          </span>
        </span>
      ),
    },
    { name: 'details', head: say().details, cell: ({ details }) => <Details of={details} /> },
    { name: 'when', head: say().when, cell: ({ at }) => <Ago at={at} /> },
  ];
  return <Table caption={say().caption} columns={columns} rows={entries} keyOf={({ id }) => id} />;
}

function Details({ of: { fields, ...shown } }: { readonly of: Entry['details'] }) {
  const text = (value: unknown): string => {
    if (Array.isArray(value)) return value.join(', ');
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const also = Array.isArray(fields) ? fields.join(', ') : '';
  return (
    <span class="small audit-details">
      {Object.entries(shown).map(([name, value]) => (
        <span key={name}><span class="quiet">{name}</span> {text(value)}</span>
      ))}
      {also !== '' && <span class="quiet">{say().and(also)}</span>}
    </span>
  );
}
