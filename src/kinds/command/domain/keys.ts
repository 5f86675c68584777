/** What the keys of all objects of command jobs begin with. */
export const commandObjects = 'command/';
/** What the keys of all files begin with that are uploaded for jobs to bring in. */
export const commandUploads = `${commandObjects}uploads/`;
const artifacts = `${commandObjects}jobs/`;

/** Where all files are that an owner's jobs leave behind. */
export function ownerArtifactPrefix(ownerId: string): string {
  return `${artifacts}${ownerId}/`;
}

/** Where all files are that a job leaves behind. */
export function artifactPrefix(ownerId: string, jobId: string): string {
  return `${ownerArtifactPrefix(ownerId)}${jobId}/`;
}

/** Where those of one execution are: `token` is that of its lease, and no other execution of the job has it. */
export function executionPrefix(ownerId: string, jobId: string, token: number): string {
  return `${artifactPrefix(ownerId, jobId)}${token}/`;
}

/** Where an owner's files are that are uploaded for jobs to bring in. */
export function uploadPrefix(ownerId: string): string {
  return `${commandUploads}${ownerId}/`;
}

export type CommandKey =
  /** `uploadId`: of those that were asked for together, a UUID of the time. */
  | { readonly type: 'upload'; readonly ownerId: string; readonly uploadId: string }
  /** `token`: of the lease of the execution that left the file behind. */
  | { readonly type: 'artifact'; readonly ownerId: string; readonly jobId: string; readonly token: number };

/** Null: no object of command jobs has such a key. */
export function readKey(key: string): CommandKey | null {
  if (key.startsWith(commandUploads)) {
    const [ownerId, uploadId, name] = key.slice(commandUploads.length).split('/');
    if (ownerId === undefined || uploadId === undefined || name === undefined) return null;
    return { type: 'upload', ownerId, uploadId };
  }
  if (!key.startsWith(artifacts)) return null;
  const [ownerId, jobId, token, name] = key.slice(artifacts.length).split('/');
  if (ownerId === undefined || jobId === undefined || token === undefined || name === undefined) return null;
  return /^[1-9][0-9]{0,14}$/.test(token) ? { type: 'artifact', ownerId, jobId, token: Number(token) } : null;
}
