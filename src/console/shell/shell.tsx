import { CircleHelp, LogOut, Menu as MenuIcon, Settings2, WifiOff } from 'lucide-preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { clockTime } from '../language/format.ts';
import { groups, type Page, type PageProps } from '../page.ts';
import { Brand } from '../parts/brand.tsx';
import { Button } from '../parts/button.tsx';
import { useLazy } from '../parts/lazy.tsx';
import { Link } from '../parts/link.tsx';
import { attempt } from '../parts/messages.tsx';
import { Empty, Failure, Skeleton } from '../parts/view.tsx';
import { connection, lostSince } from '../server/live.ts';
import { KeyHelp, useKeys } from './keys.tsx';
import { Preferences } from './preferences.tsx';
import { href, match, place } from './router.ts';
import { has, logOut, user } from './session.ts';
import { say } from './texts.ts';

/** The frame around every page. */
export function Shell({ pages }: { readonly pages: readonly Page[] }) {
  const mine = pages.filter(({ role }) => has(role));
  const { path } = place.value;
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [isPreferring, setPreferring] = useState(false);
  useKeys(mine, () => setHelpOpen(true));
  const main = useRef<HTMLElement>(null);
  const found = mine
    .map((page) => ({ page, params: match(page.path, path) }))
    .find(({ params }) => params !== null);
  const title = found?.page.title() ?? say().notFound;
  useEffect(() => {
    document.title = `${title} · Waybill`;
  }, [title]);
  return (
    <div class="shell">
      <a class="skip" href="#page" data-outside="" onClick={(event) => {
        event.preventDefault();
        main.current?.focus();
      }}>{say().skip}</a>
      <Navigation pages={mine} openHelp={() => setHelpOpen(true)} openPreferences={() => setPreferring(true)} />
      <main id="page" ref={main} tabIndex={-1}>
        <Stale />
        {found === undefined
          ? <NotFound />
          : <Opened key={found.page.path} page={found.page} params={found.params!} />}
      </main>
      {isHelpOpen && <KeyHelp pages={mine} onClose={() => setHelpOpen(false)} />}
      {isPreferring && <Preferences onClose={() => setPreferring(false)} />}
    </div>
  );
}

function Navigation({ pages, openHelp, openPreferences }: {
  readonly pages: readonly Page[];
  readonly openHelp: () => void;
  readonly openPreferences: () => void;
}) {
  const { path } = place.value;
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  return (
    <header class="bar">
      <div class="bar-head">
        <Link to="/" class="brand"><Brand size={24} />Waybill</Link>
        <Button
          look="quiet" icon={MenuIcon} label={say().menu} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}
        />
      </div>
      <div class={`bar-rest${isOpen ? ' open' : ''}`}>
        <nav aria-label={say().navigation}>
          {groups.map((group) => {
            const here = pages.filter(({ entry }) => entry?.group === group);
            return here.length > 0 && (
              <section key={group}>
                <h2>{say().groups[group]}</h2>
                <ul>
                  {here.map(({ path: to, title, entry }) => {
                    const Icon = entry!.icon;
                    const isHere = path === to || (to !== '/' && path.startsWith(`${to}/`));
                    return (
                      <li key={to}>
                        <a href={href(to)} aria-current={isHere ? 'page' : undefined}>
                          <Icon size={18} aria-hidden="true" />{title()}
                        </a>
                      </li>
                    );
                  })}
                </ul>
              </section>
            );
          })}
        </nav>
        <footer>
          <span class="who" title={user.value?.roles.join(', ')}>{user.value?.name ?? user.value?.userId}</span>
          <Button look="quiet" icon={CircleHelp} label={say().keys} onClick={openHelp} />
          <Button look="quiet" icon={Settings2} label={say().preferences} onClick={openPreferences} />
          <Button look="quiet" icon={LogOut} label={say().logOut} onClick={() => void attempt(() => logOut())} />
        </footer>
      </div>
    </header>
  );
}

/** What is shown may be older than it looks. */
function Stale() {
  if (connection.value !== 'lost' || lostSince.value === null) return null;
  return (
    <div class="notice stale" role="status">
      <WifiOff size={18} aria-hidden="true" />
      <span>{say().lostSince(clockTime(lostSince.value))}</span>
    </div>
  );
}

/** A page, whose code comes when it is first opened. */
function Opened({ page, params }: { readonly page: Page } & PageProps) {
  const { part: Shown, failure, retry } = useLazy(page.load);
  if (failure !== null) return <Failure of={failure} retry={retry} />;
  return Shown === null ? <Skeleton lines={4} height="card" /> : <Shown params={params} />;
}

function NotFound() {
  return (
    <Empty icon={CircleHelp} title={say().notFound}>
      <p>{say().notFoundText}</p>
      <Link to="/" class="button plain">{say().home}</Link>
    </Empty>
  );
}
