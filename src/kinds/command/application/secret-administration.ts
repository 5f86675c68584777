import { requireRole } from '../../../application/caller.ts';
import { originOf } from '../../../application/operation.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { CommandDependencies } from './dependencies.ts';
import { secretTable, type StoredSecret } from './secrets.ts';

/** A secret as operators see it: never its value. */
export type SecretView = Pick<StoredSecret, 'name' | 'createdBy' | 'createdAt' | 'updatedAt'>;

export const maxSecrets = 1_000;

/** For operators. */
export class SecretAdministration {
  readonly #deps: CommandDependencies;

  constructor(deps: CommandDependencies) {
    this.#deps = deps;
  }

  /** By name. */
  async list({ caller }: RequestContext): Promise<Result<readonly SecretView[]>> {
    const refused = requireRole(caller, 'operator');
    if (refused !== null) return refused;
    const rows = await this.#deps.store.records.list(secretTable, { where: {}, orderBy: ['name'], limit: maxSecrets });
    return ok(rows.map(viewOf));
  }

  /** Makes it, or gives it another value. Jobs that are assigned from now on get that. */
  async put(context: RequestContext, name: string, value: string): Promise<Result<SecretView>> {
    const refused = requireRole(context.caller, 'operator');
    if (refused !== null) return refused;
    const sealed = await this.#deps.secrets.seal(name, value);
    const { store, writePath } = this.#deps;
    const known = await store.records.list(secretTable, { where: {}, orderBy: ['name'], limit: maxSecrets });
    if (known.length >= maxSecrets && !known.some((one) => one.name === name)) {
      return refuse('conflict', `The limit of ${maxSecrets} secrets is reached: delete some first.`);
    }
    return writePath.run({
      ...originOf(context),
      reads: [ref.record(secretTable, [name])],
      decide: (draft) => {
        const before = draft.record(secretTable, [name]);
        const { createdBy = context.caller.userId, createdAt = draft.now } = before ?? {};
        return ok(viewOf(draft.putRecord(secretTable, { name, sealed, createdBy, createdAt, updatedAt: draft.now })));
      },
    });
  }

  async delete(context: RequestContext, name: string): Promise<Result<null>> {
    const refused = requireRole(context.caller, 'operator');
    if (refused !== null) return refused;
    return this.#deps.writePath.run({
      ...originOf(context),
      reads: [ref.record(secretTable, [name])],
      decide: (draft) => {
        if (draft.record(secretTable, [name]) === null) {
          return refuse('not_found', `There is no secret ${JSON.stringify(name)}.`);
        }
        draft.deleteRecord(secretTable, [name]);
        return ok(null);
      },
    });
  }
}

function viewOf({ name, createdBy, createdAt, updatedAt }: StoredSecret): SecretView {
  return { name, createdBy, createdAt, updatedAt };
}
