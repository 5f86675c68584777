import type { Labels } from '../../../domain/job/job.ts';
import { labelLimits } from '../../../domain/job/labels.ts';

/** Of a task: labels that its client gives it, and keys of its data that its type makes labels of. */
export const searchLimits = { labels: 8, keys: labelLimits.count - 8 } as const;

/** Where in the data of a task a label's value is: "sku", "customer.id". */
export const searchKey = /^(?=.{1,63}$)[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+){0,4}$/;

/** What the keys lead to in the data, as labels: texts of one line, numbers, true and false; anything else is none. */
export function searchLabels(data: unknown, keys: readonly string[]): Labels {
  const found = keys.flatMap((key): [string, string][] => {
    const value = searchValue(data, key);
    return value === null ? [] : [[key, value]];
  });
  return Object.fromEntries(found);
}

export function searchValue(data: unknown, key: string): string | null {
  let value = data;
  for (const part of key.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, part)) return null;
    value = (value as Readonly<Record<string, unknown>>)[part];
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value === '' || value.length > labelLimits.value.max) return null;
  // Those that a query cannot ask for.
  return value.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(value) ? value : null;
}
