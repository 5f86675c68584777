import type { Answer } from '../client/index.ts';
import { ApiError } from '../../client/index.ts';
import { toBeGone, unnamed, wholeDifferences, type Access, type Change } from './changes.ts';
import type { ThemeEntry } from './file.ts';

type Shown = Answer<'listThemes'>['themes'][number];

export async function themeChanges(
  access: Access,
  wanted: Readonly<Record<string, ThemeEntry | null>>,
): Promise<readonly Change[]> {
  const { client, signal } = access;
  const { themes } = await client.listThemes({}, { signal });
  const known = new Map(themes.map((theme) => [theme.name, theme]));
  const stored = themes.flatMap(({ name, source }) => (source === 'stored' ? [name] : []));
  const all = { ...wanted, ...toBeGone(unnamed(access, wanted, stored)) };
  return Object.entries(all).flatMap(([name, entry]): Change[] => {
    const [have, params] = [known.get(name), { theme: name }];
    if (entry === null) {
      // One that ships, or is of a file, cannot be deleted.
      if (have?.source !== 'stored') return [];
      return [{
        action: 'delete', section: 'themes', name, fields: [],
        apply: () => client.deleteTheme({ params }, { signal }),
      }];
    }
    const fields = wholeDifferences(have === undefined ? {} : lookOf(have), { title: name, ...entry });
    if (fields.length === 0) return [];
    return [{
      action: have === undefined ? 'create' : 'update', section: 'themes', name, fields,
      apply: () => client.putTheme({ params, body: entry }, { signal }),
    }];
  });
}

/** Those that are stored; undefined of a server without product images. */
export async function exportThemes({ client, signal }: Access): Promise<Readonly<Record<string, object>> | undefined> {
  try {
    const { themes } = await client.listThemes({}, { signal });
    return Object.fromEntries(themes.flatMap((theme) => (
      theme.source === 'stored' ? [[theme.name, lookOf(theme)] as const] : []
    )));
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** What was sent of it. */
function lookOf({ name: _, isTaken, source, updatedAt, ...look }: Shown): object {
  return look;
}
