import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { configs } = parse(read('deploy/compose.yaml')) as { configs: Record<string, { content: string }> };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-prometheus-'));
  mkdirSync(join(folder, 'rules'));
  cpSync(new URL('../../deploy/prometheus/alerts.yaml', import.meta.url), join(folder, 'rules/alerts.yaml'));
  cpSync(join(folder, 'rules/alerts.yaml'), join(folder, 'alerts.yaml'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the program says, if it says that all is well. */
function said(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder, encoding: 'utf8', env: { ...process.env, HOME: folder, ...env },
  });
  expect(status, stdout + stderr).toBe(0);
  return stdout + stderr;
}

const isMissing = (program: string): boolean => spawnSync(program, ['--version']).error !== undefined;

describe('promtool of Prometheus', () => {
  test('takes the alert rules, the configuration of Compose and that of the guide', (context) => {
    context.skip(isMissing('promtool'), 'there is no promtool on this machine (Debian: prometheus)');
    const { groups } = parse(read('deploy/prometheus/alerts.yaml')) as { groups: { rules: unknown[] }[] };
    const count = groups.flatMap(({ rules }) => rules).length;
    expect(said('promtool', ['check', 'rules', 'alerts.yaml'])).toContain(`SUCCESS: ${count} rules found`);
    // Dollars are doubled for Compose.
    writeFileSync(join(folder, 'prometheus.yml'), configs['prometheus']!.content.replaceAll('$$', '$'));
    expect(said('promtool', ['check', 'config', 'prometheus.yml'])).toContain('1 rule files found');
    const [, guide = ''] = /```yaml\n# prometheus\.yaml\n([^]*?)```/.exec(read('docs/guides/telemetry.md'))!;
    writeFileSync(join(folder, 'guide.yaml'), guide.replace('/run/secrets/metrics-token', 'token'));
    writeFileSync(join(folder, 'token'), 'of-this-test');
    expect(said('promtool', ['check', 'config', 'guide.yaml'])).toContain('1 rule files found');
  });

  test('finds that the alerts fire when they should, and not before', (context) => {
    context.skip(isMissing('promtool'), 'there is no promtool on this machine (Debian: prometheus)');
    const up = 'waybill_build_info{version="1"}';
    const ready = 'waybill_tasks_waiting{type="import",place="ready"}';
    const alert = (alertname: string, at: string, labels: object | null, summary = '') => ({
      eval_time: at, alertname,
      exp_alerts: labels === null ? [] : [{ exp_labels: labels, exp_annotations: { summary } }],
    });
    const cases = [
      {
        interval: '1m', input_series: [{ series: up, values: '1 1 1 _x10' }],
        alert_rule_test: [
          alert('WaybillDown', '2m', null),
          alert('WaybillDown', '12m', { severity: 'critical' }, 'No Waybill server answers Prometheus.'),
        ],
      },
      {
        interval: '1m',
        input_series: [
          { series: ready, values: '3x20' },
          { series: 'waybill_workers{type="import"}', values: '1x5 0x15' },
        ],
        alert_rule_test: [
          alert('WaybillNoWorkers', '5m', null),
          alert(
            'WaybillNoWorkers', '15m', { severity: 'critical', type: 'import' },
            'No worker takes tasks of type import, and 3 are ready.',
          ),
        ],
      },
    ];
    const tests = { rule_files: ['alerts.yaml'], evaluation_interval: '1m', tests: cases };
    writeFileSync(join(folder, 'tests.yaml'), JSON.stringify(tests));
    expect(said('promtool', ['test', 'rules', 'tests.yaml'])).toContain('SUCCESS');
  });
});

test('Caddy takes the configuration of Compose', (context) => {
  context.skip(isMissing('caddy'), 'there is no caddy on this machine');
  writeFileSync(join(folder, 'Caddyfile'), configs['caddy']!.content.replaceAll('$$', '$'));
  const args = ['validate', '--adapter', 'caddyfile', '--config', 'Caddyfile'];
  expect(said('caddy', args, { DOMAIN: 'waybill.example' })).toContain('Valid configuration');
});
