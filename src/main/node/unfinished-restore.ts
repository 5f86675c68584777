import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Folder in the data folder while `waybill restore` is under way. */
export const unfinishedRestore = 'restore.unfinished';

/** Throws where a restore was interrupted: of the data folder's contents, some may be old and some new. */
export function assertRestored(dataDir: string): void {
  if (!existsSync(join(dataDir, unfinishedRestore))) return;
  throw new Error(`a restore into ${dataDir} is under way or was interrupted: run \`waybill restore\` again`);
}
