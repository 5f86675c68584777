import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from '../../client/index.ts';
import { Questions } from '../parts/dialog.tsx';
import { Messages } from '../parts/messages.tsx';
import { Failure } from '../parts/view.tsx';
import type { KindConsole, Page } from '../page.ts';
import { corePages } from '../pages/pages.ts';
import { isAway } from '../server/away.ts';
import { failureOf } from '../server/failure.ts';
import { KindsContext, useKinds } from './kinds.ts';
import { Login, LoginAgain } from './login.tsx';
import { followLinks, go, match, place } from './router.ts';
import { hasFeature, openSession, server, user } from './session.ts';
import { Setup } from './setup.tsx';
import { Shell } from './shell.tsx';
import '../styles/index.css';

/** The whole console: of Waybill's own pages and those of the kinds. */
export function Console({ kinds }: { readonly kinds: readonly KindConsole[] }) {
  const [failure, setFailure] = useState<ApiError | null>(null);
  const open = (): void => {
    setFailure(null);
    openSession().catch((thrown: unknown) => setFailure(failureOf(thrown)));
  };
  useEffect(open, []);
  // The code of the page comes while the session is asked for.
  useEffect(() => void pagesOf(kinds).find((page) => match(page.path, place.peek().path))?.load().catch(() => {}), []);
  useEffect(followLinks, []);
  return (
    <KindsContext.Provider value={kinds}>
      {failure !== null ? <main class="alone"><Failure of={failure} retry={open} /></main> : <Inside />}
      <Questions />
      <Messages />
    </KindsContext.Provider>
  );
}

/** Those of the kinds come after the first of Waybill's own. */
const pagesOf = (kinds: readonly KindConsole[]): Page[] =>
  corePages.toSpliced(1, 0, ...kinds.flatMap(({ pages }) => pages));

function Inside() {
  const kinds = useKinds();
  const { path } = place.value;
  const isOutside = path === '/login' || path === '/setup';
  const isIn = user.value !== null && user.value !== undefined;
  useEffect(() => {
    // Who has logged in, here or in another tab, has nothing to do at the door.
    if (isIn && isOutside) go(place.peek().query.get('next') ?? '/', { replace: true });
  }, [isIn, isOutside]);
  if (server.value === null || user.value === undefined) return null;
  if (!isIn) return path === '/setup' ? <Setup /> : <Login />;
  const pages = pagesOf(kinds).filter(({ needs }) => needs === undefined || hasFeature(needs));
  return isOutside ? null : (
    <>
      <Shell key={user.value!.userId} pages={pages} />
      {isAway.value && <LoginAgain />}
    </>
  );
}
