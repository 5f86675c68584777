import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ProviderFailure } from '../../ports/provider.ts';
import { withTag } from '../../ports/worker-image.ts';
import { defineCommand } from '../../transports/cli/command.ts';
import { CommandFailure, exits } from '../../transports/cli/failure.ts';
import { anyText, optional } from '../../transports/cli/flag.ts';
import { options } from '../config/options.ts';

const { workerImage, dockerHost } = options;
const standard = { image: workerImage.default ?? '', host: dockerHost.default ?? '' };

export default defineCommand({
  name: 'agent image',
  summary: 'Build the image that workers run',
  description:
    'Builds the image of workers in containers: the agent, Node, bash, busybox’s tools and the certificates that ' +
    'this machine trusts. It is made of the files of this machine (Linux, with bash and busybox), so that it takes ' +
    'no registry and no build, and imported into the Docker Engine. Build it again after an update of Waybill; ' +
    'workers that run keep theirs.\n\n' +
    'With --output it becomes a file instead, which takes no Docker Engine: for `docker load`, for ' +
    '`ctr -n k8s.io image import` on the nodes of a cluster, or to be pushed to a registry.\n\n' +
    'The image’s name is printed on standard output.',
  usesServer: false,
  flags: {
    tag: optional(
      'IMAGE',
      workerImage.value,
      `Its name, with an optional tag. Default: ${standard.image}.`,
      workerImage.env,
    ),
    host: optional(
      'URL',
      dockerHost.value,
      `The Docker Engine, unix:///path or tcp://host:port. Default: ${standard.host}.`,
      dockerHost.env,
    ),
    output: optional('FILE', anyText, 'Write it to this file, a tar archive.'),
  },
  exits: { 1: 'It cannot be built, or Docker refused it.', 69: 'No Docker Engine answers.' },
  examples: [
    ['agent image', 'for the Docker Engine of this machine'],
    ['agent image --tag registry.example/waybill-worker:1 && docker push registry.example/waybill-worker:1', 'for ' +
      'a registry'],
    ['agent image --output worker.tar', 'a file for the nodes of a cluster'],
  ],
  async run({ output, signal }, { flags }) {
    const image = withTag(flags.tag ?? standard.image);
    const host = flags.host ?? standard.host;
    const file = flags.output === undefined ? null : resolve(flags.output);
    const began = performance.now();
    output.note('Bundling the agent.');
    const [{ agentFile }, build] = await Promise.all([
      import('../node/agent-file.ts'), import('../../providers/docker/image/index.ts'),
    ]);
    const sources = { agentFile: await failing(agentFile()) };
    const where = file ?? `the Docker Engine at ${host}`;
    output.note(`Putting ${image} together for ${where}.`);
    const id = await failing(
      file === null
        ? build.importWorkerImage(sources, { host, image }, signal)
        : build.saveWorkerImage(sources, { image, file }, signal),
    );
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    output.note(`Built ${id.slice(0, 19)} in ${seconds} s.`);
    const bytes = file === null ? {} : { file, bytes: (await stat(file)).size };
    if (output.json) output.printJson({ image, id, ...(file === null ? { host } : bytes) });
    else output.print(image);
  },
});

/** What is missing on this machine, or what Docker says, is no fault of the program. */
async function failing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { message } = error as Error;
    const isDown = error instanceof ProviderFailure && error.code === 'unreachable';
    throw new CommandFailure(message.replace(/\.$/, ''), isDown ? exits.unreachable : exits.failed);
  }
}
