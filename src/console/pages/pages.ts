import { House, ListChecks } from 'lucide-preact';
import { texts } from '../language/language.ts';
import type { Page } from '../page.ts';

const say = texts({
  en: { home: 'Home', jobs: 'Jobs' },
  de: { home: 'Start', jobs: 'Aufträge' },
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
];
