/**
 * Images that jobs name do not contain the agent. It is mounted into their containers from a container of the worker
 * image that is never started: Docker copies the image's files into that container's volume while it creates it, so a
 * container that can be inspected has a complete volume.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './engine.ts';
import { removeIfUntagged } from './images.ts';
import { ProviderFailure } from '../../ports/provider.ts';
import { agentHome } from '../../ports/worker-image.ts';

const label = 'waybill-agent';
const pollMs = 100;
const maxPolls = 600;

/** Ensures that the container exists, and returns its name for `VolumesFrom`; null: the image is missing. */
export async function agentContainer(engine: Engine, image: string, signal: AbortSignal): Promise<string | null> {
  const info = await engine.call(signal, () => engine.docker.getImage(image).inspect(), { accept: [404] });
  if (info === null) return null;
  const name = `${label}-${info.Id.replace(/^sha256:/, '').slice(0, 12)}`;
  for (let polls = 0; polls < maxPolls; polls += 1) {
    if (await isThere(engine, name, signal)) return name;
    const options = { Image: info.Id, Volumes: { [agentHome]: {} }, Labels: { [label]: image }, Entrypoint: ['none'] };
    const made = await engine.call(signal, async (abortSignal) => {
      await engine.docker.createContainer({ _query: { name }, _body: options, abortSignal } as object);
      return true;
    }, { accept: [409] });
    if (made === true) {
      await removeOthers(engine, image, name, signal);
      return name;
    }
    // 409: another server is creating it.
    await sleep(pollMs);
  }
  const message = `The container ${name} is being created for more than ${(pollMs * maxPolls) / 1_000} s: remove it.`;
  throw new ProviderFailure('failed', message, { retryable: true });
}

async function isThere(engine: Engine, name: string, signal: AbortSignal): Promise<boolean> {
  const inspect = (abortSignal: AbortSignal) => engine.docker.getContainer(name).inspect({ abortSignal });
  return (await engine.call(signal, inspect, { accept: [404] })) !== null;
}

/** Removes those of earlier builds of the image, and the builds. A volume stays until no worker uses it. */
async function removeOthers(engine: Engine, image: string, name: string, signal: AbortSignal): Promise<void> {
  const filters = { label: [`${label}=${image}`] };
  const found = await engine.call(signal, (abortSignal) =>
    engine.docker.listContainers({ all: true, filters, abortSignal }));
  const others = (found ?? []).filter(({ Names }) => !Names.includes(`/${name}`));
  for (const { Id, ImageID } of others) {
    const remove = (abortSignal: AbortSignal) => engine.docker.getContainer(Id).remove({ v: true, abortSignal });
    await engine.call(signal, remove, { accept: [404, 409] });
    await removeIfUntagged(engine, ImageID, signal);
  }
}
