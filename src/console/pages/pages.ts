import {
  Activity, CalendarClock, CircleUserRound, Coins, House, KeyRound, ListChecks, ScrollText, Server, SlidersHorizontal,
  Users, Webhook,
} from 'lucide-preact';
import { texts } from '../language/language.ts';
import type { Page } from '../page.ts';

const say = texts({
  en: {
    home: 'Home', jobs: 'Jobs', job: 'Job', schedules: 'Schedules', workers: 'Workers', credits: 'Credits',
    account: 'Your account', webhooks: 'Webhooks', delivery: 'Webhook', keys: 'API keys', users: 'Users',
    audit: 'Audit', settings: 'Settings', health: 'Health',
  },
  de: {
    home: 'Start', jobs: 'Aufträge', job: 'Auftrag', schedules: 'Zeitpläne', workers: 'Worker', credits: 'Guthaben',
    account: 'Ihr Konto', webhooks: 'Webhooks', delivery: 'Webhook', keys: 'API-Schlüssel', users: 'Benutzer',
    audit: 'Protokoll', settings: 'Einstellungen', health: 'Zustand',
  },
});

/** The pages that are there whatever kinds of job a server has; those of the kinds come after the first. */
export const corePages: readonly Page[] = [
  {
    path: '/', title: () => say().home, load: () => import('./home/home.tsx'),
    entry: { group: 'work', icon: House, key: 'h' },
  },
  {
    path: '/jobs', title: () => say().jobs, load: () => import('./jobs/jobs.tsx'),
    entry: { group: 'work', icon: ListChecks, key: 'j' },
  },
  { path: '/jobs/:id', title: () => say().job, load: () => import('./job/job.tsx') },
  {
    path: '/schedules', title: () => say().schedules, load: () => import('./schedules/schedules.tsx'), role: 'operator',
    entry: { group: 'work', icon: CalendarClock, key: 's' },
  },
  {
    path: '/workers', title: () => say().workers, load: () => import('./workers/workers.tsx'), role: 'operator',
    entry: { group: 'operate', icon: Server, key: 'w' },
  },
  {
    path: '/credits', title: () => say().credits, load: () => import('./credits/credits.tsx'),
    entry: { group: 'account', icon: Coins, key: 'l' },
  },
  { path: '/credits/:id', title: () => say().credits, load: () => import('./credits/credits.tsx'), role: 'admin' },
  {
    path: '/account', title: () => say().account, load: () => import('./account/account.tsx'),
    entry: { group: 'account', icon: CircleUserRound, key: 'm' },
  },
  {
    path: '/webhooks', title: () => say().webhooks, load: () => import('./webhooks/webhooks.tsx'),
    entry: { group: 'connect', icon: Webhook, key: 'b' },
  },
  { path: '/webhooks/:id', title: () => say().delivery, load: () => import('./webhooks/delivery.tsx') },
  {
    path: '/keys', title: () => say().keys, load: () => import('./keys/keys.tsx'),
    entry: { group: 'connect', icon: KeyRound, key: 'k' },
  },
  {
    path: '/users', title: () => say().users, load: () => import('./users/users.tsx'), role: 'admin',
    entry: { group: 'operate', icon: Users, key: 'u' },
  },
  {
    path: '/audit', title: () => say().audit, load: () => import('./audit/audit.tsx'), role: 'admin',
    entry: { group: 'operate', icon: ScrollText, key: 'a' },
  },
  {
    path: '/settings', title: () => say().settings, load: () => import('./settings/settings.tsx'), role: 'admin',
    needs: 'settings', entry: { group: 'operate', icon: SlidersHorizontal, key: 'e' },
  },
  {
    path: '/health', title: () => say().health, load: () => import('./health/health.tsx'), role: 'operator',
    entry: { group: 'operate', icon: Activity, key: 'i' },
  },
];
