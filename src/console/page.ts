import type { ComponentType } from 'preact';
import type { LucideIcon } from 'lucide-preact';
import type { JobEventView } from '../contract/job-event.ts';
import type { JobRoutes } from '../contract/jobs.ts';
import type { RouteAnswer } from '../contract/route.ts';
import type { Feature, Role } from './shell/session.ts';

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
  /** What a server must have to have the page; left out: every server has it. */
  readonly needs?: Feature;
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
  /** Names of the labels that its jobs are found by, where there are such. */
  readonly labelNames?: () => Promise<readonly string[]>;
  /** What Home has of the kind, first of all: how to begin with it. */
  readonly home?: () => Promise<{ readonly default: ComponentType<HomeProps> }>;
  /** Undefined for a status that it has not. Left out: jobs change where they stand only when they are loaded again. */
  readonly phaseOf?: (status: string) => ListedJob['phase'] | undefined;
  /** What the page of a job shows of it, beside what all jobs have. */
  readonly details?: () => Promise<{ readonly default: ComponentType<JobDetailsProps> }>;
  /** Whether these have the jobs that it has started: they are not among its connected jobs then. */
  readonly showsParts?: boolean;
  /** What else the page of a job needs. */
  readonly ofJob?: () => Promise<{ readonly default: KindOfJob }>;
  /** Whether its jobs write a log. */
  readonly hasLog?: boolean;
  /** What its own routes do to many jobs at once: how many of them refused. Others are done one by one. */
  readonly bulk?: { readonly [A in BulkAction]?: (ids: readonly string[]) => Promise<{ readonly failed: number }> };
  /** What its own routes that the audit tells of have done, by the route. */
  readonly audited?: () => Readonly<Record<string, string>>;
  /** Its part of the page of workers. */
  readonly workers?: () => Promise<{ readonly default: ComponentType }>;
  /** What the form of a schedule asks for of its jobs; left out: they cannot be scheduled. */
  readonly scheduled?: readonly ScheduledField[];
}

/** How the page of a job tells what happened, and makes another one of it. */
export interface KindOfJob {
  /** Something that happened to a job, as a person says it; undefined: by the event's type. */
  readonly eventText: (event: JobEventView) => string | undefined;
  /** What a step of its sagas does, or a saga; undefined: by its name. */
  readonly stepText?: (name: string) => string | undefined;
  /** The same job once more. */
  readonly again?: Again;
}

export type BulkAction = 'cancel' | 'retry' | 'delete';

export interface Again {
  /** Of the route that jobs are submitted by: "/api/v1/jobs". */
  readonly path: string;
  /** What is submitted for a job like this one. */
  readonly bodyOf: (job: ShownJob) => Readonly<Record<string, unknown>>;
  /** As somebody types it, with the body in a shell's quotes. */
  readonly cliOf: (body: Readonly<Record<string, unknown>>, quote: (text: string) => string) => string;
  /** Answers the id of the new job. Throws ApiError. */
  readonly submit: (body: Readonly<Record<string, unknown>>) => Promise<string>;
}

export interface ScheduledField {
  readonly name: string;
  readonly label: () => string;
  readonly hint?: () => string;
  /** `json`: any value, in a larger field. */
  readonly form: 'line' | 'text' | 'json';
  readonly required?: boolean;
}

export interface HomeProps {
  /** Whether the user has no job of any kind yet. */
  readonly isNew: boolean;
}

export interface JobDetailsProps {
  readonly job: ShownJob;
  /** As the server sent it: numbers have all of their digits. */
  readonly text: string;
  readonly reload: () => void;
}
