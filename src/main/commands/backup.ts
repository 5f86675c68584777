import { resolve } from 'node:path';
import { argument, defineCommand } from '../../transports/cli/command.ts';
import { toggle } from '../../transports/cli/flag.ts';
import { counted } from '../../transports/cli/counted.ts';
import { UsageProblem } from '../../transports/cli/usage-problem.ts';
import type { Manifest } from '../backup/manifest.ts';
import { createLongProgress } from '../backup/progress.ts';
import { configFlags } from '../config/flags.ts';
import { readStoreOptions } from './store-options.ts';

export default defineCommand({
  name: 'backup',
  summary: 'Back up a server, while it runs',
  description:
    'Copies the database, the objects and the keys of a data folder to a new folder, which appears when all of it is ' +
    'written and synced. Servers go on meanwhile. Objects that the newest backup in the same parent folder already ' +
    'has become hard links to it. With DATABASE_URL=postgres://…, pg_dump makes the copy of the database; with ' +
    'OBJECTS=s3 the bucket is not copied.\n\nA backup contains the keys of the server: keep it as you keep those.',
  usesServer: false,
  arguments: { dir: argument('DIR', 'The backup: a folder that is not there yet.') },
  flags: {
    ...configFlags(['data']),
    database: toggle('Copy the database. --no-database leaves it out.', true),
    objects: toggle('Copy the objects. --no-objects leaves them out.', true),
    full: toggle('Copy every object, and link none to an older backup.'),
  },
  exits: { 1: 'There is no backup; nothing is left of it.' },
  examples: [
    ['backup /backups/$(date +%F) --data /var/lib/waybill', 'every night'],
    ['backup before-upgrade --no-objects --data ./data', 'only the database and the keys'],
  ],
  async run({ output, env, signal }, { args, flags: { data, database, objects, full } }) {
    if (!database && !objects) throw new UsageProblem('--no-database and --no-objects leave nothing to back up');
    const { where, values } = readStoreOptions({ flags: { data }, env }, ['objects']);
    const { createBackup } = await import('../backup/create.ts');
    // The bucket need not be reached for this.
    const { s3Bucket = 'not named', s3Endpoint = 'not named' } = values;
    const bucket = values.objects === 's3' ? { bucket: s3Bucket, endpoint: s3Endpoint } : null;
    const progress = createLongProgress(output, env);
    const target = resolve(args.dir);
    const startedAt = performance.now();
    const { manifest, older } = await createBackup({
      target, where, bucket, withDatabase: database, withObjects: objects, full, env, signal,
      onProgress: (...step) => progress.update(...step),
      note: (text) => output.note(text),
    }).finally(() => progress.end());
    if (output.json) return output.printJson({ path: target, older, ...manifest });
    output.print(target);
    const { sizeText } = await import('../backup/space.ts');
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    output.note(`${sizeText(manifest.sums.bytes)} in ${seconds} s: ${contents(manifest).join('; ')}.`);
    if (older !== null) output.note(`Objects that did not change are links to those of ${older}.`);
  },
});

function contents({ database, objects, keys }: Manifest): string[] {
  const parts = [database === null ? 'no database' : 'the database'];
  if (objects.in === 'backup') {
    const { count, linked, deletedMeanwhile, damaged } = objects;
    parts.push(counted(count, 'object', 'objects') + (linked > 0 ? `, ${linked} of them linked` : ''));
    if (deletedMeanwhile > 0) parts.push(`${counted(deletedMeanwhile, 'object', 'objects')} deleted meanwhile`);
    if (damaged > 0) parts.push(`${counted(damaged, 'object is', 'objects are')} damaged in the data folder`);
  } else if (objects.in === 's3') {
    parts.push(`the objects are in the bucket ${objects.bucket}, which is not in the backup`);
  } else parts.push('no objects');
  parts.push(keys.length === 0 ? 'no keys' : `keys: ${keys.join(', ')}`);
  return parts;
}
