import type { ComponentType } from 'preact';
import type { LucideIcon } from 'lucide-preact';
import type { JobRoutes } from '../contract/jobs.ts';
import type { RouteAnswer } from '../contract/route.ts';
import type { Role } from './shell/session.ts';

/** A row of a list of jobs, whatever its kind. */
export type ListedJob = RouteAnswer<JobRoutes['listJobs']>['jobs'][number];
/** One job by itself, whatever its kind. */
export type ShownJob = RouteAnswer<JobRoutes['getJob']>;

export interface PageProps {
  /** Those of the page's path. */
  readonly params: Readonly<Record<string, string>>;
}

export interface Page {
  /** "/jobs/:id" */
  readonly path: string;
  /** Its code is fetched when it is first opened. */
  readonly load: () => Promise<{ readonly default: ComponentType<PageProps> }>;
  readonly title: () => string;
  /** Who has it; left out: everybody who is logged in. */
  readonly role?: Role;
  /** Its place in the navigation; left out: it is reached from other pages. */
  readonly entry?: NavigationEntry;
}

export const groups = ['work', 'account', 'connect', 'operate'] as const;
export type Group = (typeof groups)[number];

export interface NavigationEntry {
  readonly group: Group;
  readonly icon: LucideIcon;
  /** Opens the page after `g`. */
  readonly key: string;
}

/** What a kind of job brings: its pages, and how its jobs are shown on the pages that all kinds share. */
export interface KindConsole {
  /** As jobs have it. */
  readonly kind: string;
  readonly icon: LucideIcon;
  readonly name: () => string;
  readonly pages: readonly Page[];
  /** What a job is called in a list: its preset, its type, its command. */
  readonly titleOf: (job: ListedJob) => string;
  /** Where a job is shown; left out: on the page that all kinds share. */
  readonly pathOf?: (id: string) => string;
  /** One of the kind's states as a person says it. */
  readonly stateText: (status: string) => string;
  /** What Home has of the kind, first of all: how to begin with it. */
  readonly home?: () => Promise<{ readonly default: ComponentType<HomeProps> }>;
  /** What the page of a job shows of it, beside what all jobs have. */
  readonly details?: () => Promise<{ readonly default: ComponentType<JobDetailsProps> }>;
}

export interface HomeProps {
  /** Whether the user has no job of any kind yet. */
  readonly isNew: boolean;
}

export interface JobDetailsProps {
  readonly job: ShownJob;
  readonly reload: () => void;
}
