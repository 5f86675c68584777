import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/main/config/load.ts';
import { options } from '../../src/main/config/options.ts';

const folder = fileURLToPath(new URL('../../deploy/', import.meta.url));
const text = readFileSync(join(folder, 'compose.yaml'), 'utf8');
const head = text.slice(0, text.indexOf('\nname:'));

interface Service {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required?: boolean }>>;
  readonly healthcheck?: object;
  readonly stop_grace_period?: string;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}
const { services, volumes, configs } = parse(text, { merge: true }) as Compose;
const servers = Object.entries(services).filter(([name]) => name.startsWith('server-'));

/** As Compose puts variables into a value: `${NAME:-default}`, `${NAME:?message}`, `$$`. */
function filled(value: string, env: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\$|\$\{(\w+):([-?])([^}]*)\}/g, (whole, name?: string, sort?: string, rest = '') => {
    if (name === undefined) return '$';
    if (sort === '?' && env[name] === undefined) throw new Error(`${whole} is not set`);
    return env[name] ?? rest;
  });
}

const made = Object.fromEntries(
  (/for name in ([A-Z_\s\\#0-9]+?); do/.exec(head)?.[1] ?? '').match(/[A-Z][A-Z0-9_]+/g)!
    .map((name, index) => [name, `c41d6058fa3e1fa3e17c94b20d5a6f8${index}`]),
);

describe('compose.yaml', () => {
  test.each([
    ['with what its head makes', {}],
    ['on PostgreSQL', { DATABASE_URL: 'postgres://waybill:x@postgres:5432/waybill' }],
    ['with a bucket', { OBJECTS: 's3' }],
    ['behind the proxy', { PUBLIC_URL: 'https://waybill.example', TRUST_PROXY: 'true' }],
  ])('starts servers %s', (_, more) => {
    expect(servers.map(([name]) => name)).toEqual(['server-1', 'server-2']);
    for (const [, { environment = {} }] of servers) {
      const values = Object.entries(environment).map(([name, value]) => [name, filled(value, { ...made, ...more })]);
      const env = Object.fromEntries(values) as Record<string, string>;
      const known = new Set<string>(Object.values(options).map((option) => option.env));
      expect(Object.keys(env).filter((name) => !known.has(name))).toEqual(['XDG_CACHE_HOME']);
      const loaded = loadConfig({ flags: {}, env });
      expect(loaded.ok ? [] : loaded.problems).toEqual([]);
      if (loaded.ok && 'OBJECTS' in more) expect(loaded.config.objects).toMatchObject({ bucket: 'waybill' });
    }
  });

  test('gives servers more time to stop than they take', () => {
    const seconds = Number.parseInt(services['server-1']?.stop_grace_period ?? '', 10);
    expect(seconds).toBeGreaterThan(Number(options.shutdownSeconds.default) + 5);
  });

  test('names in its head the profiles that it has, and no service needs one that its profile leaves out', () => {
    const profiles = new Set(Object.values(services).flatMap(({ profiles: own = [] }) => own));
    const named = head.match(/^# {3}(\w+) {2,}[A-Z]/gm)?.map((line) => line.slice(4).split(' ')[0]);
    expect(new Set(named)).toEqual(profiles);
    for (const [name, { depends_on: needed = {} }] of Object.entries(services)) {
      for (const [other, { condition, required }] of Object.entries(needed)) {
        expect([name, services[other]?.healthcheck !== undefined, condition, required]).toEqual([
          name, true, 'service_healthy', false,
        ]);
      }
    }
  });

  test('opens to others nothing but the proxy, and takes no image that may change', () => {
    for (const [name, { ports = [], image }] of Object.entries(services)) {
      if (name !== 'proxy') expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
      expect(image).toMatch(/^waybill$|:(?!latest$)./);
    }
  });

  test('mounts volumes, configurations and files that are there', () => {
    for (const { volumes: mounted = [], configs: given = [] } of Object.values(services)) {
      for (const [from = ''] of mounted.map((each) => each.split(':'))) {
        expect([from, from.startsWith('.') ? existsSync(join(folder, from)) : from in volumes]).toEqual([from, true]);
      }
      for (const { source } of given) expect(configs[source]?.content).toBeTypeOf('string');
    }
    expect(parse(configs['prometheus']!.content)).toMatchObject({
      scrape_configs: [{ static_configs: [{ targets: ['server-1:9464', 'server-2:9464'] }] }],
    });
    expect(services['server-1']?.environment?.['METRICS_PORT']).toBe('9464');
  });
});
