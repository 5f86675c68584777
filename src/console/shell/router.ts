import { signal, type ReadonlySignal } from '@preact/signals';

/*
 * Pages have real addresses, below wherever a proxy has put the server: the server writes `<base href>` as the way up
 * from the address that was asked for. What a page shows (filters, the tab, what is selected) is in its query.
 */

export interface Place {
  /** Below the base: "/", "/jobs/0193…". */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Where the console is: "/", "/tools/waybill/". Read once: the way up holds for the first address only. */
const base = new URL('.', document.baseURI).pathname;

/** The address of the server, without a last slash. */
export const serverUrl = `${location.origin}${base}`.replace(/\/$/, '');

const current = signal<Place>(read());
export const place: ReadonlySignal<Place> = current;

function read(): Place {
  const path = location.pathname.startsWith(base) ? location.pathname.slice(base.length - 1) : '/';
  return { path: path.replace(/(?<=.)\/+$/, ''), query: new URLSearchParams(location.search) };
}

/** The href of "/jobs?kind=task". */
export function href(to: string): string {
  return base + to.slice(1);
}

type Step = { readonly replace?: boolean };

export function go(to: string, { replace = false }: Step = {}): void {
  const address = href(to);
  if (address !== location.pathname + location.search) {
    if (replace) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
  }
  const before = current.peek().path;
  current.value = read();
  if (current.peek().path !== before) scrollTo(0, 0);
}

/** Changes the query of the page: null takes a name out. */
export function setQuery(changes: Readonly<Record<string, string | null>>, { replace = true }: Step = {}): void {
  const { path, query } = current.peek();
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name);
    else next.set(name, value);
  }
  go(next.size === 0 ? path : `${path}?${next}`, { replace });
}

/** "/jobs/:id" on "/jobs/0193": { id: "0193" }; null where it does not fit. */
export function match(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at]!;
    if (part.startsWith(':')) {
      if (value === '') return null;
      try {
        params[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null;
      }
    } else if (part !== value) return null;
  }
  return params;
}

/** Links stay links: only a plain click on one of the console's own is taken over. Returns what ends it. */
export function followLinks(): () => void {
  const onClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (!link.pathname.startsWith(base) || link.dataset['outside'] !== undefined) return;
    event.preventDefault();
    go(`/${link.pathname.slice(base.length)}${link.search}`);
  };
  const onBack = (): void => void (current.value = read());
  document.addEventListener('click', onClick);
  addEventListener('popstate', onBack);
  return () => {
    document.removeEventListener('click', onClick);
    removeEventListener('popstate', onBack);
  };
}
