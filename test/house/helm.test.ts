import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Validator } from '@cfworker/json-schema';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { helm, noHelm, plainManifests, valuesFile } from '../../scripts/helm.ts';
import { loadConfig } from '../../src/main/config/load.ts';
import { options } from '../../src/main/config/options.ts';

const textOf = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url)), 'utf8');
const without = noHelm();

// Tests read what Kubernetes says is there; a wrong shape fails the expectation that follows.
type Manifest = any;
const manifestsIn = (text: string): Manifest[] => parseAllDocuments(text).map((each) => each.toJS()).filter(Boolean);
const podsIn = (manifests: readonly Manifest[]): Manifest[] =>
  manifests.flatMap((each) => (each.kind === 'Pod' ? each : (each.spec?.template ?? [])));

/** As the head of waybill.yaml makes them. */
const secrets = {
  JWT_SECRET: 'f0a8c1d35b7e92460cd1f3b58a79e246', GPU_CALLBACK_SECRET: '9b2e7c41d6058fa3e17c94b20d5a6f88',
  WAYBILL_KEY: 'c41d6058fa3e1fa3e17c94b20d5a6f8830c4e1b7', DATABASE_URL: 'postgres://waybill:x@db/waybill',
  S3_ACCESS_KEY_ID: 'key', S3_SECRET_ACCESS_KEY: 'secret', WEBHOOK_SECRET: '6058fa3e1fa3e17c94b20d5a6f8830c4',
};

function expectSafe(pod: Manifest): void {
  expect(pod.spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  });
  for (const { securityContext, resources } of pod.spec.containers) {
    expect(securityContext).toEqual({
      readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] },
    });
    expect(resources).toBeDefined();
  }
}

/** That what selects pods selects some, and that servers start with their variables. */
function expectWhole(manifests: readonly Manifest[]): void {
  const pods = podsIn(manifests);
  pods.forEach(expectSafe);
  const selects = (labels: Record<string, string>): boolean =>
    pods.some(({ metadata }) => Object.entries(labels).every(([name, value]) => metadata.labels[name] === value));
  const monitored = manifests.filter(({ kind }) => kind === 'ServiceMonitor');
  for (const { spec } of monitored) {
    const labels = expect.objectContaining(spec.selector.matchLabels);
    expect(manifests).toContainEqual(expect.objectContaining({
      kind: 'Service', metadata: expect.objectContaining({ labels }),
    }));
  }
  const others = manifests.filter((each) => !monitored.includes(each));
  const selectors = others.flatMap(({ kind, spec }) => (
    kind === 'Service' ? spec.selector : (spec?.selector?.matchLabels ?? spec?.podSelector?.matchLabels ?? [])
  ));
  expect(selectors.length).toBeGreaterThan(5);
  for (const labels of selectors) expect([labels, selects(labels)]).toEqual([labels, true]);
  const scaled = manifests.filter(({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject');
  for (const { spec } of scaled) {
    const target = manifests.find(({ kind, metadata }) => (
      kind === 'Deployment' && metadata.name === spec.scaleTargetRef.name
    ));
    expect([target?.kind, target?.spec.replicas]).toEqual(['Deployment', undefined]);
  }
  const known = new Set<string>([...Object.values(options).map(({ env }) => env), 'XDG_CACHE_HOME', 'TZ', 'HEALTH_PORT',
    'WAYBILL_SERVER', 'WAYBILL_TOKEN']);
  for (const pod of pods) {
    const variables = (pod.spec.containers[0].env ?? []) as { name: string; value?: string }[];
    expect(variables.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
    if (pod.metadata.labels['app.kubernetes.io/component'] !== 'server') continue;
    const env = Object.fromEntries(variables.map(({ name, value = '' }) => [name, value]));
    const loaded = loadConfig({ flags: {}, env: { ...secrets, ...env } });
    expect(loaded.ok ? [] : loaded.problems).toEqual([]);
    const { terminationGracePeriodSeconds: grace } = pod.spec;
    if (loaded.ok) expect(grace * 1_000).toBeGreaterThan(loaded.config.limits.shutdownMs + 5_000);
  }
}

describe('the manifests for Kubernetes', () => {
  const text = textOf('kubernetes/waybill.yaml');
  const manifests = manifestsIn(text);

  test('run without root and on a file system that they cannot write, and hang together', () => {
    expectWhole(manifests);
    expect(manifests.map(({ kind }) => kind).sort()).toEqual([
      'Deployment', 'Deployment', 'HorizontalPodAutoscaler', 'NetworkPolicy', 'NetworkPolicy', 'PodDisruptionBudget',
      'Service', 'Service', 'ServiceAccount',
    ]);
    for (const name of Object.keys(secrets).filter((each) => each !== 'WEBHOOK_SECRET')) {
      expect(text).toContain(`--from-literal=${name}=`);
    }
  });

  test('are what the chart makes (`npm run manifests`)', ({ skip }) => {
    skip(without !== null, without ?? '');
    expect(text).toBe(plainManifests());
  });
});

describe('the chart', () => {
  const schema = JSON.parse(textOf('helm/waybill/values.schema.json'));
  const values = parse(textOf('helm/waybill/values.yaml'));
  const problems = (changes: object): string[] =>
    new Validator(schema, '7').validate({ ...values, existingSecret: 'waybill', ...changes }).errors.map(
      ({ instanceLocation, error }) => `${instanceLocation} ${error}`,
    );

  test('has values that its schema allows, and needs the name of a Secret', () => {
    expect(problems({})).toEqual([]);
    for (const name of ['full', 'plain']) expect(problems(parse(readFileSync(valuesFile(name), 'utf8')))).toEqual([]);
    expect(problems({ existingSecret: '' })).not.toEqual([]);
    expect(problems({ servr: {} })).not.toEqual([]);
    expect(problems({ workers: [{ name: 'Mail', args: ['worker'] }] })).not.toEqual([]);
  });

  test('renders everything at once, and no more by default than it needs', ({ skip }) => {
    skip(without !== null, without ?? '');
    const all = helm('template', ['w'], ['--values', valuesFile('full')]);
    expect([all.status, all.stderr]).toEqual([0, '']);
    const manifests = manifestsIn(all.stdout);
    expectWhole(manifests);
    expect(new Set(manifests.map(({ kind }) => kind))).toEqual(new Set([
      'Deployment', 'HorizontalPodAutoscaler', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'ServiceAccount',
      'Job', 'Ingress', 'ServiceMonitor', 'ScaledObject', 'ConfigMap', 'Pod',
    ]));
    const keda = manifests.find(({ kind }) => kind === 'ScaledObject');
    expect(keda.spec.triggers[0].metadata.query).toBe('max(waybill_tasks_waiting{place="ready",type="report"})');
    const job = manifests.find(({ kind }) => kind === 'Job');
    expect([job.metadata.annotations['helm.sh/hook'], job.spec.template.spec.containers[0].args]).toEqual([
      'pre-install,pre-upgrade', ['migrate'],
    ]);
    expect(helm('lint', [], ['--strict', '--values', valuesFile('full')]).status).toBe(0);
  });

  test.for([
    ['no bucket', ['existingSecret=x'], /config\.S3_ENDPOINT and config\.S3_BUCKET/],
    ['objects nowhere', ['existingSecret=x', 'config.OBJECTS=filesystem'], /there is no volume for objects/],
    ['two servers on one volume', ['existingSecret=x', 'persistence.enabled=true', 'config.OBJECTS=filesystem'],
      /persistence is for one server/],
    ['no Secret', ['config.S3_BUCKET=b'], /existingSecret/],
  ] as const)('says what is wrong with %s', ([, sets, message], { skip }) => {
    skip(without !== null, without ?? '');
    const { status, stderr } = helm('template', ['w'], sets.flatMap((set) => ['--set', set]));
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});
