import { placeOf } from '../../../domain/job/id.ts';
import { command } from '../domain/kind.ts';
import { artifactPrefix, readKey } from '../domain/keys.ts';
import type { CommandInput } from '../domain/types.ts';
import type { CommandDependencies } from './dependencies.ts';

type Deps = Pick<CommandDependencies, 'store' | 'clock'>;

/** How long it is remembered what jobs bring in, since all that have not ended are looked through for it. */
const rememberedMs = 60_000;
/** Jobs that were made meanwhile are looked for from so long before. Servers' clocks differ. */
const overlapMs = 60_000;
const pageSize = 1_000;

/** Of files that jobs which have not ended, and schedules, bring in, whoever's they are: an admin uses anybody's. */
export async function keysInUse(deps: Pick<Deps, 'store'>): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const key of keysOfJobs(deps, null)) keys.add(key);
  for await (const key of keysOfSchedules(deps)) keys.add(key);
  return keys;
}

/**
 * The jobs that left behind what others bring in, by what the keys of their files begin with. With many jobs that have
 * not ended, a purge would do nothing but look through them: they are looked through once a minute, and those made
 * since, each time. One that is retried within the minute may miss a file that was about to be deleted anyway.
 */
export class JobsInUse {
  readonly #deps: Deps;
  #known: { readonly prefixes: Set<string>; readonly at: number } | null = null;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async prefixes(): Promise<ReadonlySet<string>> {
    const now = this.#deps.clock.now();
    const known = this.#known;
    const isFresh = known !== null && now >= known.at && now < known.at + rememberedMs;
    const { prefixes } = isFresh ? known : { prefixes: new Set<string>() };
    await addPrefixes(prefixes, keysOfJobs(this.#deps, isFresh ? known.at - overlapMs : null));
    if (!isFresh) this.#known = { prefixes, at: now };
    const all = new Set(prefixes);
    await addPrefixes(all, keysOfSchedules(this.#deps));
    return all;
  }
}

/** What the keys of all files begin with that the same job left behind. */
async function addPrefixes(prefixes: Set<string>, keys: AsyncIterable<string>): Promise<void> {
  for await (const objectKey of keys) {
    const key = readKey(objectKey);
    if (key?.type === 'artifact') prefixes.add(artifactPrefix(key.ownerId, key.jobId));
  }
}

/** `createdFrom`: only of jobs made since; null: of all that have not ended. */
async function* keysOfJobs({ store }: Pick<Deps, 'store'>, createdFrom: number | null): AsyncGenerator<string> {
  const made = createdFrom === null ? {} : { createdFrom };
  for (const phase of ['waiting', 'active'] as const) {
    for (let before: string | undefined; ; ) {
      const scopes = [{ kind: command.name, ownerId: null }];
      const open = await store.jobs.list({
        scopes, phase, limit: pageSize, ...made, ...(before !== undefined && { before }),
      });
      for (const { id, input } of open) {
        // What is large is left out of lists.
        const listed = input as Partial<CommandInput> | null;
        const whole = listed?.inputs === undefined ? (await store.jobs.get(id))?.input : listed;
        for (const { objectKey } of (whole as Partial<CommandInput> | undefined)?.inputs ?? []) yield objectKey;
      }
      const last = open.at(-1);
      before = last === undefined ? undefined : placeOf(last);
      if (open.length < pageSize) break;
    }
  }
}

async function* keysOfSchedules({ store }: Pick<Deps, 'store'>): AsyncGenerator<string> {
  for (let after: string | null = null; ; ) {
    const schedules = await store.schedules.list({ ownerId: null, after, limit: 200 });
    for (const { kind, template } of schedules) {
      const { inputs = [] } = kind === command.name ? (template as Partial<CommandInput>) : {};
      for (const { objectKey } of inputs) yield objectKey;
    }
    after = schedules.at(-1)?.id ?? null;
    if (schedules.length < 200) return;
  }
}
