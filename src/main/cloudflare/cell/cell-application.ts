import type { AuditTrail } from '../../../application/audit/audit.ts';
import type { Jobs } from '../../../application/jobs/jobs.ts';
import type { Ids } from '../../../ports/world.ts';
import { imageSetModule } from '../../../kinds/image-set/module.ts';
import type { ProductImageApplication } from '../../../kinds/product-image/application/application.ts';
import type { TaskApplication } from '../../../kinds/task/application/application.ts';
import type { RestDependencies } from '../../../transports/rest/app.ts';
import type { EdgeProductImages } from '../product-images.ts';
import { cellKinds } from './cell-platform.ts';
import type { Cells } from './cells.ts';
import { auditOf, auditTrailOf, jobsOf, logsOf, typeTimesOf, workersOf } from './job-application.ts';
import { schedulesOf, webhooksOf } from './outreach.ts';
import { firstCell } from './place.ts';
import { createProductImageApplicationOf } from './product-image-application.ts';
import { createTaskApplicationOf } from './task-application.ts';

type Core = RestDependencies['application'];

/** What the Worker may ask for of what is in cells; `apart`: of the jobs that have objects of their own. */
export function createCellApplication(
  cells: Cells,
  { apart, ids, productImages }: {
    readonly apart: Jobs; readonly ids: Ids; readonly productImages: EdgeProductImages | null;
  },
): {
  readonly task: TaskApplication;
  readonly productImage: ProductImageApplication;
  readonly core: Pick<Core, 'events'> & Required<Pick<
    Core, 'jobs' | 'workers' | 'schedules' | 'webhooks' | 'logs' | 'audit' | 'typeTimes' | 'outboxSize'
  >>;
  readonly auditTrail: AuditTrail;
} {
  const kinds = new Map(Object.values(cellKinds).map(({ kind, payloadFields }) => [kind.name, payloadFields]));
  const jobs = jobsOf(cells, kinds, apart, new Map([[imageSetModule.kind.name, imageSetModule.payloadFields]]));
  return {
    task: createTaskApplicationOf(cells, apart),
    productImage: createProductImageApplicationOf(cells, jobs, productImages),
    core: {
      jobs,
      workers: workersOf(cells),
      schedules: schedulesOf(cells),
      webhooks: webhooksOf(cells),
      logs: logsOf(cells, apart),
      audit: auditOf(cells),
      typeTimes: typeTimesOf(cells),
      outboxSize: () => unsentOf(cells),
      // One feed has one order.
      ...(cells.all.length === 1 && { events: cells.part(firstCell, 'events') }),
    },
    auditTrail: auditTrailOf(cells, ids),
  };
}

/** Those of image sets are with each of them, and are not counted. */
async function unsentOf(cells: Cells): Promise<number> {
  const sizes = await Promise.all(cells.all.map((cell) => cells.part(cell, 'store').outboxSize()));
  return sizes.reduce((sum, size) => sum + size, 0);
}
