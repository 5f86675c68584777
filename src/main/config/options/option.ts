import type { Value } from '../values.ts';

/**
 * One thing that can be set. Help, docs/configuration.md, parsing and validation are all made from
 * the table in `options.ts`. A flag wins over the environment, which wins over the default; an environment
 * variable that is empty counts as not set.
 */
export interface Option<T> {
  readonly env: string;
  /** Without `--`; null for what must not show in a list of processes. */
  readonly flag: string | null;
  readonly value: Value<T>;
  /** As it would be written; null when there is none. */
  readonly default: string | null;
  /** Its value is never printed. */
  readonly secret: boolean;
  readonly group: Group;
  /** Sentences. */
  readonly about: string;
}

export const groups = {
  server: 'Server',
  secrets: 'Secrets',
  people: 'Users',
  storage: 'Storage',
  limits: 'Limits',
  http: 'HTTP',
  grpc: 'gRPC',
  fleet: 'Command jobs',
  productImages: 'Product images',
  shop: 'Shop',
  imageProviders: 'Image providers',
} as const;
export type Group = keyof typeof groups;

export function option<T>(
  group: Group,
  env: string,
  value: Value<T>,
  standard: string | null,
  about: string,
): Option<T> {
  const flag = env
    .replace(/^WAYBILL_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
  return { env, flag, value, default: standard, secret: false, group, about };
}

export function hidden<T>(group: Group, env: string, value: Value<T>, about: string): Option<T> {
  return { env, flag: null, value, default: null, secret: true, group, about };
}
