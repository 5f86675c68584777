/** The package `@waybill/sdk`: what programs need that submit jobs and run tasks, and nothing of the server. */
export * from '../client/index.ts';
export * from '../../kinds/task/typed/index.ts';
export * from '../../kinds/task/worker/index.ts';
