import * as z from 'zod';
import { dependencyLimits } from '../domain/job/dependencies.ts';
import { jobId } from './fields.ts';

/** In the body that submits a job which may wait for others. */
export const dependsOn = z
  .array(jobId)
  .max(dependencyLimits.dependencies)
  .describe('Jobs that must succeed first, of any kind that can be depended on.');

export const onDependencyFailure = z
  .enum(['cancel', 'run'])
  .describe('What to do if one of them fails or is canceled. Default: `cancel`.');
