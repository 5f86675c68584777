/** What providers of containers have in common: the worker image with the agent, and the limits of workers. */

/** Where the worker image has the agent, with a Node and libraries that need nothing else of an image. */
export const agentHome = '/opt/waybill';
export const agentLibraries = `${agentHome}/lib`;
export const agentNode = `${agentHome}/bin/node`;
export const agentFile = `${agentHome}/agent.cjs`;
/** The dynamic loader, under the same name on every architecture. */
export const agentLoader = `${agentLibraries}/ld.so`;

/**
 * Flags of Node for agents: threads that collect garbage beside it cost a fifth of the time that its start takes, and
 * a command that writes much would make V8 take 100 MB more for new objects, of the memory that the command has.
 */
export const agentFlags = ['--single-threaded-gc', '--max-semi-space-size=8'];

/**
 * Starts the agent in any image that has `agentHome` mounted, whatever its C library is. Node's `process.execPath` is
 * the loader then.
 */
export const agentInAnyImage = [agentLoader, '--library-path', agentLibraries, agentNode, ...agentFlags, agentFile];

/** Without a tag or digest, an image's name means its tag "latest". */
export function withTag(image: string): string {
  return /[:@][^/]+$/.test(image) ? image : `${image}:latest`;
}

/** Whether a job's image is another than the worker image, and has no agent of its own. */
export function needsAgent(image: string | null, workerImage: string): boolean {
  return image !== null && withTag(image) !== withTag(workerImage);
}

/** "always" pulls before every start, which picks up tags that have moved. */
export type PullPolicy = 'never' | 'if-missing' | 'always';

const MiB = 1024 ** 2;

/** What workers get where neither the job nor the provider's settings say otherwise. */
export const workerDefaults = {
  cpuCores: 1, memoryBytes: 512 * MiB, diskBytes: 1_024 * MiB, workDirectory: '/work',
} as const;
