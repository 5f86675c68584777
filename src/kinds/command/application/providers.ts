import { requireRole } from '../../../application/caller.ts';
import { originOf } from '../../../application/operation.ts';
import type { RequestContext } from '../../../application/request.ts';
import { counterRef } from '../../../application/write-path/counting.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { neverForgotten } from '../../../ports/store/commit.ts';
import { counters } from '../../../ports/store/counters.ts';
import type { WarmPool } from '../domain/warm-pool.ts';
import type { CommandDependencies } from './dependencies.ts';
import type { LiveProvider } from './live-providers.ts';
import { capacityOf, providerConfigs, type ProviderStatus, type StoredProvider } from './provider-records.ts';
import { reportOf, reportsOf, type ProviderReport } from './provider-report.ts';

/** What an operator says of a provider. */
export interface ProviderInput {
  /** 1 to 63 lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly status: ProviderStatus;
  /** −1,000 to 1,000. */
  readonly priority: number;
  /** 1 to 10,000. */
  readonly maxWorkers: number;
  readonly pool: WarmPool;
  readonly labels: Readonly<Record<string, string>>;
}

export const maxProviders = 1_000;

/** For operators. */
export class Providers {
  readonly #deps: CommandDependencies;

  constructor(deps: CommandDependencies) {
    this.#deps = deps;
  }

  async list({ caller }: RequestContext): Promise<Result<readonly ProviderReport[]>> {
    const refused = requireRole(caller, 'operator');
    if (refused !== null) return refused;
    return ok(await reportsOf(this.#deps));
  }

  /** By its id or its name. */
  async get({ caller }: RequestContext, idOrName: string): Promise<Result<ProviderReport>> {
    const refused = requireRole(caller, 'operator');
    if (refused !== null) return refused;
    const found = await this.#find(idOrName);
    return found === null ? unknownProvider(idOrName) : ok(await reportOf(this.#deps, found));
  }

  /** The same provider again under its name changes nothing. */
  async register(context: RequestContext, input: ProviderInput): Promise<Result<ProviderReport>> {
    const refused = requireRole(context.caller, 'operator') ?? this.#problemOf(input);
    if (refused !== null) return refused;
    const before = await this.#find(input.name);
    if (before !== null) {
      return isSame(before.stored, input) ? ok(await reportOf(this.#deps, before)) : nameTaken(input.name);
    }
    const id = this.#deps.ids.uuid();
    const stored = await this.#write(context, id, (draft) => {
      const { now } = draft;
      return ok({ id, ...input, site: null, createdAt: now, updatedAt: now });
    });
    return stored.ok ? this.get(context, id) : stored;
  }

  /** What is left out stays. */
  async update(
    context: RequestContext,
    idOrName: string,
    changes: Partial<Omit<ProviderInput, 'type' | 'pool'>> & { readonly pool?: Partial<WarmPool> },
  ): Promise<Result<ProviderReport>> {
    const refused = requireRole(context.caller, 'operator');
    if (refused !== null) return refused;
    const found = await this.#find(idOrName);
    if (found === null) return unknownProvider(idOrName);
    const { id } = found.stored;
    const stored = await this.#write(context, id, (draft, before) => {
      if (before === null) return unknownProvider(idOrName);
      const { version: _, ...rest } = before;
      // Another configuration may lead elsewhere, and the same one again is for infrastructure that was replaced.
      const site = changes.config === undefined ? rest.site : null;
      const after = { ...rest, ...changes, site, pool: { ...rest.pool, ...changes.pool }, updatedAt: draft.now };
      return this.#problemOf(after) ?? ok(after);
    });
    return stored.ok ? this.get(context, id) : stored;
  }

  /** It takes no more jobs. */
  async disable(context: RequestContext, idOrName: string, reason?: string): Promise<Result<ProviderReport>> {
    const disabled = await this.update(context, idOrName, { status: 'DISABLED' });
    if (disabled.ok) {
      const { provider: { name } } = disabled.value;
      const by = context.caller.userId;
      this.#deps.logger.info('a provider is disabled', { provider: name, by, ...(reason && { reason }) });
    }
    return disabled;
  }

  /** One that has workers is disabled first, until they have ended. */
  async delete(context: RequestContext, idOrName: string): Promise<Result<null>> {
    const refused = requireRole(context.caller, 'operator');
    if (refused !== null) return refused;
    const found = await this.#find(idOrName);
    if (found === null) return unknownProvider(idOrName);
    const { id, name } = found.stored;
    const { kind, scope, key } = capacityOf(id);
    const deleted = await this.#deps.writePath.run<null>({
      ...originOf(context),
      reads: [ref.record(providerConfigs, [id]), counterRef(capacityOf(id))],
      decide: (draft) => {
        const taken = draft.record(counters, [kind, scope, key])?.value ?? 0;
        if (taken > 0) {
          const how = 'disable it, and delete it once they have ended';
          return refuse('conflict', `Provider ${name} has ${taken} workers: ${how}.`);
        }
        draft.deleteRecord(providerConfigs, [id]);
        return ok(null);
      },
    });
    await this.#deps.providers.refresh();
    return deleted;
  }

  /** Tests it now. */
  async test(context: RequestContext, idOrName: string): Promise<Result<ProviderReport>> {
    const found = await this.get(context, idOrName);
    if (!found.ok) return found;
    await this.#deps.providers.test(0);
    return this.get(context, found.value.provider.id);
  }

  async #find(idOrName: string): Promise<LiveProvider | null> {
    await this.#deps.providers.refresh();
    return this.#deps.providers.all().find(({ stored: { id, name } }) => id === idOrName || name === idOrName) ?? null;
  }

  async #write(
    context: RequestContext,
    id: string,
    decide: (draft: Draft, before: StoredProvider | null) => Result<Omit<StoredProvider, 'version'>>,
  ): Promise<Result<StoredProvider>> {
    const { writePath, providers } = this.#deps;
    const nameRef = { scope: 'provider-names' };
    const written = await writePath.run<StoredProvider>({
      ...originOf(context),
      reads: [ref.record(providerConfigs, [id])],
      decide: (draft) => {
        const before = draft.record(providerConfigs, [id]);
        const after = decide(draft, before);
        if (!after.ok) return after;
        const { name } = after.value;
        // A name is held as an idempotency key is: by one provider at a time, whatever servers store at once.
        const holder = draft.idempotency(nameRef.scope, name);
        if (holder !== null && holder.resourceId !== id) return nameTaken(name);
        if (holder === null) {
          draft.remember({ ...nameRef, key: name, fingerprint: '', resourceId: id, createdAt: neverForgotten });
        }
        if (before !== null && before.name !== name) draft.release({ ...nameRef, key: before.name, resourceId: id });
        return ok(draft.putRecord(providerConfigs, after.value));
      },
    });
    await providers.refresh();
    await providers.test(0);
    return written;
  }

  #problemOf({ type: name, config }: ProviderInput): Extract<Result<never>, { ok: false }> | null {
    const { providers } = this.#deps;
    const type = providers.type(name);
    if (type === undefined) {
      const known = providers.typeNames.join(', ');
      const fields = { type: `must be one of ${known}` };
      return refuse('invalid_request', `The request is not valid: type ${fields.type}.`, { fields });
    }
    if (providers.all().length >= maxProviders) {
      return refuse('conflict', `The limit of ${maxProviders} providers is reached: delete some first.`);
    }
    const problems = type.problems(config);
    if (problems === null) return null;
    const fields = Object.fromEntries(Object.entries(problems).map(([field, problem]) => [`config.${field}`, problem]));
    const said = Object.entries(fields).map(([field, problem]) => `${field} ${problem}`).join('; ');
    return refuse('invalid_request', `The request is not valid: ${said}.`, { fields });
  }
}

function isSame(stored: StoredProvider, input: ProviderInput): boolean {
  return JSON.stringify({ ...stored, ...input }) === JSON.stringify(stored);
}

function nameTaken(name: string): Extract<Result<never>, { ok: false }> {
  const named = JSON.stringify(name);
  return refuse('conflict', `Provider ${named} already exists: update it, or choose another name.`);
}

function unknownProvider(idOrName: string): Extract<Result<never>, { ok: false }> {
  return refuse('not_found', `There is no provider ${JSON.stringify(idOrName)}.`);
}
