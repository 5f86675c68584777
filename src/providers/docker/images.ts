/** Finds and pulls images. */
import { EngineError, messageOf, type Engine } from './engine.ts';
import { defaults, type DockerProviderSettings } from './settings.ts';
import { ProviderFailure } from '../../ports/provider.ts';
import { withTag } from '../../ports/worker-image.ts';

const registryOfDocker = 'docker.io';
const addressOfDocker = 'https://index.docker.io/v1/';

export async function hasImage(engine: Engine, image: string, signal: AbortSignal): Promise<boolean> {
  return (await engine.call(signal, () => engine.docker.getImage(image).inspect(), { accept: [404] })) !== null;
}

/** Removes an image that a newer build has left without a name, unless a container uses it. */
export async function removeIfUntagged(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  const image = engine.docker.getImage(id);
  const info = await engine.call(signal, () => image.inspect(), { accept: [404] });
  // Docker would remove the last tag along with the image.
  if (info === null || (info.RepoTags ?? []).length > 0) return;
  await engine.call(signal, () => image.remove(), { accept: [404, 409] });
}

/** @throws ProviderFailure `image_missing`, retryable if the registry was unreachable. */
export async function pullImage(
  engine: Engine,
  image: string,
  settings: DockerProviderSettings,
  signal: AbortSignal,
): Promise<void> {
  const timeoutMs = settings.pullTimeoutMs ?? defaults.pullTimeoutMs;
  const authconfig = loginFor(image, settings);
  try {
    await engine.call(signal, async (abortSignal) => {
      // Without a tag, Docker would pull all of them.
      const options = { fromImage: withTag(image), abortSignal };
      const stream = authconfig === undefined
        ? await engine.docker.createImage(options)
        : await engine.docker.createImage(authconfig, options);
      await followProgress(stream);
    }, { timeoutMs });
  } catch (error) {
    const wasRefused = error instanceof ProviderFailure && error.code !== 'unreachable';
    throw wasRefused ? notPulled(image, messageOf(error.cause), image === settings.defaultImage) : error;
  }
}

/** Reads a progress stream to its end. @throws EngineError that it reports. */
export async function followProgress(stream: NodeJS.ReadableStream): Promise<void> {
  let rest = '';
  let error: string | undefined;
  for await (const chunk of stream) {
    rest += String(chunk);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) error ??= errorIn(line);
  }
  error ??= errorIn(rest);
  if (error !== undefined) throw new EngineError(error);
}

function errorIn(line: string): string | undefined {
  if (!line.includes('"error"')) return undefined;
  try {
    const { error } = JSON.parse(line) as { error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

export function imageMissing(image: string): ProviderFailure {
  const message = `The image ${image} does not exist: build the worker image with \`waybill agent image\`, ` +
    `or pull it with \`docker pull ${image}\`.`;
  return new ProviderFailure('image_missing', message, { retryable: false });
}

const finalRefusal =
  /not found|denied|unauthorized|no basic auth credentials|manifest unknown|invalid reference|does not exist/i;

function notPulled(image: string, said: string, isWorkerImage: boolean): ProviderFailure {
  const isFinal = finalRefusal.test(said);
  const advice = isFinal ? 'check its name and the credentials for its registry' : 'the registry may be unreachable';
  const build = isWorkerImage ? '; `waybill agent image` builds the worker image without a registry' : '';
  const message = `The image ${image} could not be pulled (${said}): ${advice}${build}.`;
  return new ProviderFailure('image_missing', message, { retryable: !isFinal });
}

/** The registry's host in an image's name. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : registryOfDocker;
}

function loginFor(image: string, { registries = {} }: DockerProviderSettings) {
  const registry = registryOf(image);
  const login = Object.hasOwn(registries, registry) ? registries[registry] : undefined;
  if (login === undefined) return undefined;
  return { ...login, serveraddress: registry === registryOfDocker ? addressOfDocker : registry };
}
