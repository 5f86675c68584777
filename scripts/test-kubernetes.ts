/**
 * The tests of workers on a real Kubernetes cluster: `npm run test:kubernetes`. KUBECONFIG names the cluster, with
 * the rights of an administrator; each run has namespaces of its own, and removes them. The images are built with the
 * Docker Engine of this machine, and brought to the cluster's nodes by a command that takes their tag.
 * Arguments are Vitest's: `npm run test:kubernetes -- -t lists`.
 *
 *   KUBECONFIG                      a file
 *   WAYBILL_TEST_KUBERNETES_HOST    the address at which pods reach this machine
 *   WAYBILL_TEST_KUBERNETES_LOAD    such as "kind load docker-image" or "minikube image load"
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentFile as realAgentFile } from '../src/main/node/agent-file.ts';
import { importWorkerImage } from '../src/providers/docker/image/index.ts';
import { findDockerEngine, importBusybox } from '../test/providers/docker-engine.ts';
import { foreignImage, jobsImage, reportingAgent, workerImage } from '../test/providers/kubernetes-cluster/images.ts';
import { run } from './run-program.ts';
import { add, closingLine, skipList, type Tally } from './test-run/tally.ts';
import { runVitest } from './test-run/vitest.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = ['KUBECONFIG', 'WAYBILL_TEST_KUBERNETES_HOST', 'WAYBILL_TEST_KUBERNETES_LOAD'] as const;
const missing = wanted.filter((name) => !process.env[name]);
if (missing.length > 0) throw new Error(`set ${missing.join(', ')}: ${fileURLToPath(import.meta.url)} says how`);

const { docker, host, missing: noDocker } = await findDockerEngine();
if (noDocker !== null) throw new Error(noDocker);
const folder = mkdtempSync(join(tmpdir(), 'waybill-kubernetes-'));
try {
  const agentFile = join(folder, 'agent.cjs');
  writeFileSync(agentFile, reportingAgent);
  await importWorkerImage({ agentFile }, { host, image: workerImage }, new AbortController().signal);
  const jobs = { host, image: jobsImage };
  await importWorkerImage({ agentFile: await realAgentFile() }, jobs, new AbortController().signal);
  await importBusybox(docker, foreignImage);
  const [file = '', ...args] = process.env['WAYBILL_TEST_KUBERNETES_LOAD']?.split(/\s+/) ?? [];
  for (const tag of [workerImage, jobsImage, foreignImage]) {
    if ((await run(file, [...args, tag], root)) !== 0) throw new Error(`${file} could not load ${tag}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
// Not KUBECONFIG itself, so that `npm test` never makes pods in a cluster that somebody works with.
process.env['WAYBILL_TEST_KUBECONFIG'] = process.env['KUBECONFIG'];
const total: Tally = { passed: 0, failed: 0, skipped: [], flaky: [] };
add(total, await runVitest(root, ['test/providers/kubernetes-cluster', ...process.argv.slice(2)]));
if (total.skipped.length > 0) process.stdout.write(`\nSkipped:\n${skipList(total.skipped)}\n`);
process.stdout.write(`\n${closingLine(total)}\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
