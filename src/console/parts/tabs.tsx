import { href, place } from '../shell/router.ts';

/** Parts of one page, each with an address of its own: the query's `tab`. The first one is shown without. */
export function Tabs({ tabs, label }: {
  readonly tabs: readonly (readonly [name: string, text: string])[];
  readonly label: string;
}) {
  const current = useTab(tabs);
  const { path } = place.value;
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([name, text], at) => (
        <a
          key={name}
          href={href(at === 0 ? path : `${path}?tab=${name}`)}
          aria-current={name === current ? 'page' : undefined}
        >
          {text}
        </a>
      ))}
    </nav>
  );
}

/** The name of the tab that is shown. */
export function useTab(tabs: readonly (readonly [name: string, text: string])[]): string {
  const asked = place.value.query.get('tab');
  return tabs.find(([name]) => name === asked)?.[0] ?? tabs[0]![0];
}
