import { differences, unnamed, type Access, type Change } from './changes.ts';
import type { TypeEntry } from './file.ts';

export async function typeChanges(
  access: Access,
  wanted: Readonly<Record<string, TypeEntry>>,
): Promise<readonly Change[]> {
  const { client, signal } = access;
  const all = { ...(access.prune && await resets(access, wanted)), ...wanted };
  const changes = await Promise.all(Object.entries(all).map(async ([type, entry]): Promise<Change[]> => {
    const { updatedAt, ...have } = await client.getWorkType({ params: { type } }, { signal });
    // A schema is one thing: what it leaves out is not in it.
    const { inputSchema, ...others } = entry;
    const fields = [
      ...differences(have, others),
      ...(inputSchema === undefined ? [] : differences([have.inputSchema], [inputSchema]).map(() => (
        { path: 'inputSchema', from: have.inputSchema, to: inputSchema }
      ))),
    ];
    if (fields.length === 0) return [];
    const { paused, ...settings } = entry;
    return [{
      action: updatedAt === null ? 'create' : 'update', section: 'types', name: type, fields,
      async apply() {
        const params = { type };
        if (Object.keys(settings).length > 0) await client.putWorkType({ params, body: settings }, { signal });
        if (paused === undefined || paused === have.paused) return;
        await (paused ? client.pauseWorkType({ params }, { signal }) : client.resumeWorkType({ params }, { signal }));
      },
    }];
  }));
  return changes.flat();
}

/**
 * Types cannot be deleted: those that are not wanted get the settings of one of which nothing was ever set. Their
 * schemas stay, as workers say them when they start and not again.
 */
async function resets(
  access: Access,
  wanted: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, TypeEntry>>> {
  const { client, signal } = access;
  const [{ types }, unset] = await Promise.all([
    client.listWorkTypes({}, { signal }),
    client.getWorkType({ params: { type: `unset-${crypto.randomUUID()}` } }, { signal }),
  ]);
  const { limits, defaults, searchable, paused } = unset;
  const settings: TypeEntry = { limits, defaults, searchable: [...searchable], paused };
  const others = unnamed(access, wanted, types.map(({ type }) => type));
  return Object.fromEntries(others.map((type) => [type, settings] as const));
}

export async function exportTypes({ client, signal }: Access): Promise<Readonly<Record<string, TypeEntry>>> {
  const { types } = await client.listWorkTypes({}, { signal });
  const whole = await Promise.all(types.map(({ type }) => client.getWorkType({ params: { type } }, { signal })));
  return Object.fromEntries(whole.map(({ type, updatedAt: _, inputSchema, ...settings }) => (
    [type, { ...settings, ...(inputSchema !== null && { inputSchema }) } as TypeEntry]
  )));
}
