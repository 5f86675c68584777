import { Lock, SearchX } from 'lucide-preact';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { texts } from '../../language/language.ts';
import { Badge } from '../../parts/badge.tsx';
import { TextField } from '../../parts/field.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { Empty, Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { place, setQuery } from '../../shell/router.ts';
import './settings.css';

const say = texts({
  en: {
    title: 'Settings',
    lead: 'How this server was started. To change something, set its flag or variable and start the server again.',
    search: 'Search', option: 'Option', value: 'Value', origin: 'From',
    origins: {
      program: 'Program', flag: 'Flag', environment: 'Environment', file: 'File', default: 'Default', unset: 'Not set',
    },
    secretSet: 'Set, not shown', none: 'Nothing fits', noneText: 'No option fits what you are looking for.',
  },
  de: {
    title: 'Einstellungen',
    lead:
      'So wurde dieser Server gestartet. Um etwas zu ändern, setzen Sie das Flag oder die Variable und starten den ' +
      'Server neu.',
    search: 'Suchen', option: 'Option', value: 'Wert', origin: 'Woher',
    origins: {
      program: 'Programm', flag: 'Flag', environment: 'Umgebung', file: 'Datei', default: 'Vorgabe',
      unset: 'Nicht gesetzt',
    },
    secretSet: 'Gesetzt, wird nicht gezeigt', none: 'Nichts gefunden',
    noneText: 'Keine Option passt zu dem, was Sie suchen.',
  },
});

type Setting = RouteAnswer<CoreRoutes['listSettings']>['settings'][number];

export default function Settings() {
  const loaded = useLoad((signal) => api().listSettings({}, { signal }), []);
  const wanted = place.value.query.get('q') ?? '';
  return (
    <>
      <PageHead title={say().title} lead={say().lead} />
      <div class="stack">
        <div class="search-row" role="search">
          <TextField
            label={say().search} type="search" autocapitalize="none" value={wanted}
            onValue={(q) => setQuery({ q })}
          />
        </div>
        <View of={loaded} skeleton={<Skeleton lines={14} />}>
          {({ settings }) => {
            const found = settings.filter((setting) => fits(setting, wanted));
            return found.length === 0
              ? <Empty icon={SearchX} title={say().none}><p>{say().noneText}</p></Empty>
              : [...Map.groupBy(found, ({ group }) => group)].map(([group, of]) => (
                <section key={group} class="stack settings-group">
                  <h2>{group}</h2>
                  <Options caption={group} settings={of} />
                </section>
              ));
          }}
        </View>
      </div>
    </>
  );
}

function fits({ name, flag, about, value, group }: Setting, wanted: string): boolean {
  const words = wanted.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const text = [name, flag, about, value, group].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

function Options({ caption, settings }: { readonly caption: string; readonly settings: readonly Setting[] }) {
  const columns: readonly Column<Setting>[] = [
    {
      name: 'option', head: say().option,
      cell: ({ name, flag, about }) => (
        <span class="setting-name">
          <code>{name}</code>{flag !== null && <code class="quiet">{flag}</code>}
          <span class="small quiet">{about}</span>
        </span>
      ),
    },
    { name: 'value', head: say().value, cell: (setting) => <Value of={setting} /> },
    {
      name: 'origin', head: say().origin,
      cell: ({ origin }) => (origin !== 'default' && origin !== 'unset'
        ? <Badge>{say().origins[origin]}</Badge>
        : <span class="quiet">{say().origins[origin]}</span>),
    },
  ];
  return <Table caption={caption} columns={columns} rows={settings} keyOf={({ name }) => name} />;
}

function Value({ of: { secret, isSet, value } }: { readonly of: Setting }) {
  if (!isSet) return <span class="quiet">–</span>;
  return secret ? <Badge icon={Lock}>{say().secretSet}</Badge> : <code class="setting-value">{value}</code>;
}
