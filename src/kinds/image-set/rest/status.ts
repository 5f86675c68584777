import type { RouteAnswer } from '../../../contract/route.ts';
import type { JobStatus } from '../application/commands.ts';
import type { confirmUpload } from '../contract/image-set.ts';

type Status = RouteAnswer<typeof confirmUpload>['status'];

/** The application names states as text; that they are the contract's is what its tests are for. */
export function statusOf({ jobId, status }: JobStatus): { readonly jobId: string; readonly status: Status } {
  return { jobId, status: status as Status };
}
