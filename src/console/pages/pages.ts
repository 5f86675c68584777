import { CalendarClock, House, ListChecks, Server } from 'lucide-preact';
import { texts } from '../language/language.ts';
import type { Page } from '../page.ts';

const say = texts({
  en: { home: 'Home', jobs: 'Jobs', job: 'Job', schedules: 'Schedules', workers: 'Workers' },
  de: { home: 'Start', jobs: 'Aufträge', job: 'Auftrag', schedules: 'Zeitpläne', workers: 'Worker' },
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
];
