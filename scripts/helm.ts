import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const chart = fileURLToPath(new URL('../deploy/helm/waybill', import.meta.url));

export interface Rendered {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why there is no Helm here, or null. */
export function noHelm(): string | null {
  return helm('version').status === 0 ? null : 'helm is not installed (scripts/ci/install-helm.sh)';
}

/** `helm COMMAND` on the chart of this checkout, which comes after `before`. */
export function helm(command: string, before: readonly string[] = [], after: readonly string[] = []): Rendered {
  const words = command === 'version' ? [command] : [command, ...before, chart, ...after];
  const { status, stdout, stderr } = spawnSync('helm', words, { encoding: 'utf8', maxBuffer: 16 * 1024 ** 2 });
  return { status, stdout, stderr };
}

export function valuesFile(name: string): string {
  return `${chart}/ci/${name}-values.yaml`;
}

const head = `# Waybill without Helm: two servers and two image workers, on PostgreSQL and a bucket that exist already.
# Generated from deploy/helm/waybill. Change the image, S3_ENDPOINT, S3_BUCKET and PUBLIC_URL, and then:
#
#   kubectl create namespace waybill
#   kubectl -n waybill create secret generic waybill --from-literal=DATABASE_URL=postgres://… \\
#     --from-literal=S3_ACCESS_KEY_ID=… --from-literal=S3_SECRET_ACCESS_KEY=… \\
#     --from-literal=JWT_SECRET=$(openssl rand -hex 32) --from-literal=GPU_CALLBACK_SECRET=$(openssl rand -hex 32) \\
#     --from-literal=WAYBILL_KEY=$(openssl rand -hex 32)
#   kubectl apply -f waybill.yaml
#
# An Ingress, and pools of task workers: docs/guides/helm.md. What the provider for Kubernetes needs: rbac.yaml.
`;

/** The manifests for those who do not use Helm. */
export function plainManifests(): string {
  const after = ['--namespace', 'waybill', '--skip-tests', '--values', valuesFile('plain')];
  const { status, stdout, stderr } = helm('template', ['waybill'], after);
  if (status !== 0) throw new Error(`helm template: ${stderr}`);
  const lines = stdout.split('\n').filter((line) => !/helm\.sh\/chart|managed-by: Helm|^# Source:/.test(line));
  return head + lines.join('\n').replaceAll(/^(metadata:\n)/gm, '$1  namespace: waybill\n').replaceAll(/\n{2,}/g, '\n');
}
