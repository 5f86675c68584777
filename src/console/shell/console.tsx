import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ApiError } from '../../client/index.ts';
import { Questions } from '../parts/dialog.tsx';
import { Messages } from '../parts/messages.tsx';
import { Failure } from '../parts/view.tsx';
import type { KindConsole } from '../page.ts';
import { corePages } from '../pages/pages.ts';
import { isAway } from '../server/away.ts';
import { failureOf } from '../server/failure.ts';
import { KindsContext } from './kinds.ts';
import { Login, LoginAgain } from './login.tsx';
import { followLinks, go, match, place } from './router.ts';
import { openSession, server, user } from './session.ts';
import { Setup } from './setup.tsx';
import { Shell } from './shell.tsx';
import '../styles/index.css';

/** The whole console: of Waybill's own pages and those of the kinds. */
export function Console({ kinds }: { readonly kinds: readonly KindConsole[] }) {
  const [failure, setFailure] = useState<ApiError | null>(null);
  const pages = useMemo(() => {
    const [home, ...others] = corePages;
    return [home!, ...kinds.flatMap((kind) => kind.pages), ...others];
  }, [kinds]);
  const open = (): void => {
    setFailure(null);
    openSession().catch((thrown: unknown) => setFailure(failureOf(thrown)));
  };
  useEffect(open, []);
  // The code of the page comes while the session is asked for.
  useEffect(() => void pages.find((page) => match(page.path, place.peek().path))?.load().catch(() => {}), []);
  useEffect(followLinks, []);
  return (
    <KindsContext.Provider value={kinds}>
      {failure !== null ? <main class="alone"><Failure of={failure} retry={open} /></main> : <Inside pages={pages} />}
      <Questions />
      <Messages />
    </KindsContext.Provider>
  );
}

function Inside({ pages }: { readonly pages: Parameters<typeof Shell>[0]['pages'] }) {
  const { path } = place.value;
  const isOutside = path === '/login' || path === '/setup';
  const isIn = user.value !== null && user.value !== undefined;
  useEffect(() => {
    // Who has logged in, here or in another tab, has nothing to do at the door.
    if (isIn && isOutside) go(place.peek().query.get('next') ?? '/', { replace: true });
  }, [isIn, isOutside]);
  if (server.value === null || user.value === undefined) return null;
  if (!isIn) return path === '/setup' ? <Setup /> : <Login />;
  return isOutside ? null : (
    <>
      <Shell key={user.value!.userId} pages={pages} />
      {isAway.value && <LoginAgain />}
    </>
  );
}
