import type { ClientOf } from '../../../client/index.ts';
import { api } from '../../../console/server/api.ts';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/route.ts';
import type { imageSetRoutes } from '../contract/image-set.ts';
import type { ImageSetView } from '../contract/image-set-job.ts';
import type { ruleRoutes } from '../contract/rules.ts';

type PhotoRoutes = CoreRoutes & typeof imageSetRoutes & typeof ruleRoutes;

/** The client with the routes of sets of photos. */
export function photosApi(): ClientOf<PhotoRoutes> {
  return api<PhotoRoutes>();
}

export type PhotoSet = ImageSetView;
export type SetItem = PhotoSet['items'][number];
export type Input = RouteAnswer<PhotoRoutes['listInputs']>['inputs'][number];
/** Of a set in a list. */
export type FirstPictures = RouteAnswer<PhotoRoutes['listFirstPictures']>['sets'][number]['pictures'];
export type Preset = RouteAnswer<PhotoRoutes['listPresets']>['presets'][number];
export type Rule = RouteAnswer<PhotoRoutes['listRules']>['rules'][number];
export type Account = RouteAnswer<PhotoRoutes['me']>;
export type CreateBody = RouteInput<PhotoRoutes['createImageSet']>['body'];
/** How a set is executed. */
export type Wishes = NonNullable<RouteInput<PhotoRoutes['executeImageSet']>['body']>;

export async function loadSet(id: string, signal: AbortSignal): Promise<PhotoSet> {
  return (await photosApi().getJob({ params: { id } }, { signal })) as PhotoSet;
}

/** A set made of photos that are there already, and executed. Answers its id. */
export async function again(from: string, preset: string, wishes: Wishes, items?: readonly number[]): Promise<string> {
  const body = { preset, inputsFrom: from, execute: wishes, ...(items !== undefined && { items: [...items] }) };
  return (await photosApi().createImageSet({ body })).jobId;
}

/** How the set was executed, as its history has it, to do the same once more. */
export async function wishesOf(id: string): Promise<Wishes> {
  const { events } = await photosApi().listJobEvents({ params: { id }, query: { limit: 20 } });
  const queued = events.find(({ type }) => type === 'JobQueued')?.data as Wishes & Record<string, unknown> | undefined;
  if (queued === undefined) return {};
  const { concepts, protect, force, output } = queued;
  return JSON.parse(JSON.stringify({ concepts, protect, force, output })) as Wishes;
}
