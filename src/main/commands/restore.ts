import { resolve } from 'node:path';
import { argument, defineCommand } from '../../transports/cli/command.ts';
import { counted } from '../../transports/cli/counted.ts';
import { toggle } from '../../transports/cli/flag.ts';
import type { Manifest } from '../backup/manifest.ts';
import { createLongProgress } from '../backup/progress.ts';
import { configFlags } from '../config/flags.ts';
import { readStoreOptions } from './store-options.ts';

export default defineCommand({
  name: 'restore',
  summary: 'Restore a backup',
  description:
    'Puts what `waybill backup` wrote into a data folder, and into the database that DATABASE_URL names. Every ' +
    'file is compared with its checksum before anything is put in its place. No server may run on the data ' +
    'folder.\n\n' +
    'A data folder that is not empty is refused. With --force, its contents that are in the way are moved to ' +
    'replaced-TIME in it; a PostgreSQL database that is not empty is replaced, and nothing is kept of it.',
  usesServer: false,
  arguments: { dir: argument('DIR', 'The backup.') },
  flags: {
    ...configFlags(['data']),
    check: toggle('Only verify the backup, and change nothing.'),
    force: toggle('Replace what is there.'),
    skipDamaged: toggle('Restore without objects that are missing or damaged in the backup.'),
    database: toggle('Restore the database. --no-database leaves it out.', true),
  },
  exits: { 1: 'The backup is damaged, or cannot be restored there; nothing was changed.', 66: 'There is no backup.' },
  examples: [
    ['restore /backups/2026-11-30 --check', 'verify it'],
    ['restore /backups/2026-11-30 --data /var/lib/waybill', 'restore it'],
  ],
  async run({ output, env, signal }, { args, flags: { data, check, force, skipDamaged, database } }) {
    const { where } = readStoreOptions({ flags: { data }, env });
    const { restoreBackup } = await import('../backup/restore.ts');
    const progress = createLongProgress(output, env);
    const { manifest, skipped, replaced } = await restoreBackup({
      backup: resolve(args.dir), where, checkOnly: check, force, skipDamaged, withDatabase: database, env, signal,
      onProgress: (...step) => progress.update(...step),
      note: (text) => output.note(text),
    }).finally(() => progress.end());
    if (output.json) return output.printJson({ checked: true, restored: !check, skipped, replaced, ...manifest });
    const { sizeText } = await import('../backup/space.ts');
    const files = `${counted(manifest.sums.files, 'file', 'files')}, ${sizeText(manifest.sums.bytes)}`;
    const what = `of ${manifest.createdAt}, by Waybill ${manifest.waybill}`;
    output.print(check ? `The backup ${what} is good: ${files}.` : `Restored the backup ${what}: ${files}.`);
    if (check) return;
    if (replaced !== null) output.note(`What was there before is in ${replaced}: delete it when you need it no more.`);
    for (const note of notesOn(manifest)) output.note(note);
  },
});

function notesOn({ objects, database, keys }: Manifest): string[] {
  const notes: string[] = [];
  if (objects.in === 's3') notes.push(`The objects are in the bucket ${objects.bucket} at ${objects.endpoint}.`);
  if (objects.in === 'nowhere') notes.push('The backup has no objects: photos and results may be missing.');
  if (database === null) notes.push('The backup has no database.');
  if (keys.length > 0) notes.push(`Keys: ${keys.join(', ')}.`);
  return notes;
}
