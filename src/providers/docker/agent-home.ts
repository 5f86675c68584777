/** Where the worker image has the agent, with a Node and libraries that need nothing else of an image. */
export const agentHome = '/opt/waybill';
export const agentLibraries = `${agentHome}/lib`;
export const agentNode = `${agentHome}/bin/node`;
export const agentFile = `${agentHome}/agent.mjs`;
/** The dynamic loader, under the same name on every architecture. */
export const agentLoader = `${agentLibraries}/ld.so`;

/**
 * Starts the agent in any image that has `agentHome` mounted, whatever its C library is. Node's `process.execPath` is
 * the loader then.
 */
export const agentInAnyImage = [agentLoader, '--library-path', agentLibraries, agentNode, agentFile];
