import { resolve } from 'node:path';
import { defineCommand } from '../../transports/cli/command.ts';
import { exits } from '../../transports/cli/failure.ts';
import { serverFlags } from '../../transports/cli/global-flags.ts';
import type { Output } from '../../transports/cli/output.ts';
import { configFlags } from '../config/flags.ts';
import { readOptions, type ReadOptions } from '../config/read.ts';
import { databaseFrom, isPostgres, objectsFrom } from '../config/load.ts';
import { replicateFrom } from '../config/image-providers.ts';
import { shopFrom } from '../config/shop.ts';
import { version } from '../version.ts';
import { ok, type Finding } from './doctor/finding.ts';

export default defineCommand({
  name: 'doctor',
  summary: 'Check configuration and dependencies',
  description:
    'Checks everything that `waybill serve` would use with the same flags and environment, without starting a ' +
    'server. It changes nothing, except that it writes, reads and deletes one file and one object of its own. Each ' +
    'line says ok, warn or fail, and what to do. With --server (or WAYBILL_SERVER), also checks that server, its ' +
    'clock and the token.',
  usesServer: false,
  flags: { ...configFlags(), ...serverFlags },
  exits: { 1: 'A check failed.' },
  examples: [
    ['doctor --dev', 'check this machine for a development server'],
    ['doctor --server https://waybill.example --token "$WAYBILL_TOKEN"', 'check a running server'],
    ['doctor --json | jq -r \'.findings[] | select(.status != "ok") | .message\'', 'list problems only'],
  ],
  async run({ output, env, envFiles }, { flags: { server, token, ...flags } }) {
    const read = readOptions({ flags, env });
    const findings: Finding[] = [];
    const add = (found: Finding | readonly Finding[]): void => {
      for (const finding of [found].flat()) {
        findings.push(finding);
        if (!output.json) output.print(lineOf(finding, output));
      }
    };
    if (envFiles.length > 0) add(ok('environment', `with the variables of ${envFiles.join(', ')}`));
    await lookAtMachine(read, env, add);
    if (server !== undefined) {
      const { checkServer } = await import('./doctor/servers.ts');
      add(await checkServer(server, token ?? null, version));
    }
    const failed = findings.filter(({ status }) => status === 'fail').length;
    const warned = findings.filter(({ status }) => status === 'warn').length;
    if (output.json) output.printJson({ ok: failed === 0, findings });
    else output.print(`\n${failed === 0 ? 'No check failed' : `${failed} failed`}, ${warned} warnings.`);
    return failed === 0 ? exits.ok : exits.failed;
  },
});

async function lookAtMachine(
  read: ReadOptions,
  env: Readonly<Record<string, string | undefined>>,
  add: (found: Finding | readonly Finding[]) => void,
): Promise<void> {
  const [configuration, folders, stores, objects, servers, telemetry] = await Promise.all([
    import('./doctor/configuration.ts'),
    import('./doctor/data-folder.ts'),
    import('./doctor/store.ts'),
    import('./doctor/objects.ts'),
    import('./doctor/servers.ts'),
    import('./doctor/telemetry.ts'),
  ]);
  const { values } = read;
  add(configuration.checkNode(process.versions.node, import.meta.url.endsWith('.ts')));
  add(configuration.checkConfiguration(read));
  add(configuration.checkSecrets(values));
  add(telemetry.checkMetrics(values));
  add(await telemetry.checkTracing(env));
  const dataDir = resolve(values.data ?? './data');
  const reserve = { bytes: values.diskReserveBytes ?? null, dev: values.dev === true };
  add(await folders.checkDataFolder(dataDir, reserve));
  // What failed the configuration check cannot be examined.
  const databaseUrl = values.databaseUrl ?? null;
  if (databaseUrl === null || isPostgres(databaseUrl) || databaseUrl.startsWith('sqlite:')) {
    const store = { dataDir, databaseUrl, database: databaseFrom(values) };
    const found = await stores.checkStore(store);
    add(found);
    if (found.status === 'ok') add(await stores.checkStoreClock(store));
  }
  const settings = objectsFrom(values);
  if (settings !== null) add(await objects.checkObjects(settings, dataDir));
  const imaging = await import('./doctor/imaging.ts');
  if (values.workers === undefined || values.workers.length === 0) add(imaging.checkImagingPackages());
  else add(await imaging.checkImaging({ segmentModel: values.segmentModel, runtime: values.modelRuntime }));
  const shop = shopFrom(values);
  if (shop !== null) add(await (await import('./doctor/shop.ts')).checkShop(shop));
  const replicate = replicateFrom(values);
  if (replicate !== null) add(await (await import('./doctor/image-providers.ts')).checkReplicate(replicate));
  if (values.host !== undefined && values.port !== undefined) add(await servers.checkPort(values.host, values.port));
}

function lineOf({ part, status, message, advice }: Finding, { resultStyle }: Output): string {
  const colour = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
  const line = `${resultStyle(colour[status], status.padEnd(4))}  ${part.padEnd(13)}  ${message}`;
  return advice === null ? line : `${line}\n${' '.repeat(21)}${advice}`;
}
