import { batch, computed, signal, type ReadonlySignal } from '@preact/signals';
import { ApiError } from '../../client/index.ts';
import type { CoreRoutes } from '../../contract/core-routes.ts';
import type { RouteAnswer } from '../../contract/route.ts';
import { api } from '../server/api.ts';
import { setAway } from '../server/away.ts';
import { restartLive } from '../server/live.ts';
import { forgetDrafts, keep, kept } from './kept.ts';

type Shown = RouteAnswer<CoreRoutes['showConsole']>;
export type User = NonNullable<Shown['user']>;
export type Role = User['roles'][number];
export type Server = Omit<Shown, 'user'>;

/** Undefined until it is known; null: nobody is logged in. */
const current = signal<User | null | undefined>(undefined);
const about = signal<Server | null>(null);

export const user: ReadonlySignal<User | null | undefined> = current;
/** What the server is and has; null until it is known. */
export const server: ReadonlySignal<Server | null> = about;
export const isAdmin = computed(() => has('admin'));

/** Whether whoever is logged in has this role. */
export function has(role: Role | undefined): boolean {
  return role === undefined || (current.value?.roles.includes(role) ?? false);
}

/** What not every server has. */
export type Feature = 'settings' | 'accounts' | 'metrics';

/** Whether this server has it: for pages, which there are once it is known. */
export function hasFeature(name: Feature): boolean {
  return about.value!.features.includes(name);
}

/** Whoever is logged in by the browser's cookie, and what the server has. */
export async function openSession(): Promise<void> {
  const { user: me, ...shown } = await api().showConsole();
  batch(() => {
    about.value = shown;
    current.value = me;
    setAway(false);
  });
}

/** How often somebody has logged in here: what was asked before the latest time says nothing about that login. */
let logins = 0;
export const loginCount = (): number => logins;

/** After a login, a setup or a change of password, when the browser has the new cookie. */
export async function enter(): Promise<void> {
  logins += 1;
  await openSession();
  restartLive();
  tellOtherTabs();
}

/** Here, or on all devices. */
export async function logOut({ everywhere = false } = {}): Promise<void> {
  try {
    await (everywhere ? api().logOutEverywhere() : api().logOut());
  } catch (error) {
    // It is over already.
    if (!(error instanceof ApiError) || error.code !== 'unauthenticated') throw error;
  }
  end();
  tellOtherTabs();
}

/** The login has ended, as its user wanted. */
function end(): void {
  forgetDrafts();
  batch(() => {
    current.value = null;
    setAway(false);
  });
  restartLive();
}

/** The login has ended by time, or at the server: its user may come back to the page. */
export function interrupt(): void {
  if (current.value == null) return;
  setAway(true);
  restartLive();
}

/** Other tabs of the console hear of it as storage changes. */
function tellOtherTabs(): void {
  keep('session', String(Number(kept('session') ?? 0) + 1));
}

addEventListener('storage', ({ key }) => {
  if (key !== 'waybill.session') return;
  void openSession().then(() => {
    if (current.value === null) forgetDrafts();
    restartLive();
  });
});
