import { option } from './option.ts';
import { integer, text, yesOrNo } from '../values.ts';

const agentAddresses = /^[A-Za-z0-9.:_[\]-]{1,255}:\d{1,5}(,[A-Za-z0-9.:_[\]-]{1,255}:\d{1,5}){0,14}$/;

export const fleetOptions = {
  serverHost: option(
    'fleet',
    'WAYBILL_SERVER_HOST',
    text('HOST', 'a host name or an IP address', /^[A-Za-z0-9.:_-]{1,255}$/),
    null,
    'Host name or address at which workers reach this server. Default: for processes and a Docker Engine on this ' +
      'machine, the server finds it by itself.',
  ),
  agentServers: option(
    'fleet',
    'WAYBILL_AGENT_SERVERS',
    text('HOST:PORT,…', 'up to 15 addresses, host:port, separated by commas', agentAddresses),
    null,
    'gRPC addresses of the other servers on the same store, as workers reach them: commands go on there when this ' +
      'server is gone. Default: none.',
  ),
  processEnabled: option(
    'fleet',
    'WAYBILL_PROCESS_ENABLED',
    yesOrNo,
    null,
    'Registers the provider `process`, which runs commands on this machine with the rights of the server. Default: ' +
      'only with --dev.',
  ),
  dockerEnabled: option(
    'fleet',
    'WAYBILL_DOCKER_ENABLED',
    yesOrNo,
    'false',
    'Registers the provider `docker`, which runs commands in containers of the Docker Engine at DOCKER_HOST.',
  ),
  dockerHost: option(
    'fleet',
    'DOCKER_HOST',
    text('URL', 'unix:///path or tcp://host:port', /^(unix:\/\/\/\S+|tcp:\/\/\S+)$/),
    'unix:///var/run/docker.sock',
    'Address of the Docker Engine.',
  ),
  workerImage: option(
    'fleet',
    'WAYBILL_WORKER_IMAGE',
    text('IMAGE', 'the name of an image', /^\S{1,512}$/),
    'waybill-worker:latest',
    'Image of workers whose job names none; `waybill agent image` builds it.',
  ),
  kubernetesEnabled: option(
    'fleet',
    'WAYBILL_KUBERNETES_ENABLED',
    yesOrNo,
    'false',
    'Registers the provider `kubernetes`, which runs commands in pods.',
  ),
  k8sKubeconfig: option(
    'fleet',
    'WAYBILL_K8S_KUBECONFIG',
    text('FILE', 'a file', /^[^\0]+$/),
    null,
    'Kubeconfig of the cluster. Default: the service account of the pod that the server runs in, KUBECONFIG, or ' +
      '~/.kube/config.',
  ),
  k8sNamespace: option(
    'fleet',
    'WAYBILL_K8S_NAMESPACE',
    text('NAMESPACE', 'a namespace', /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
    'waybill-workers',
    'Namespace of the pods.',
  ),
  maxWorkers: option(
    'fleet',
    'WAYBILL_MAX_WORKERS',
    integer('COUNT', 1, 10_000),
    '8',
    'Workers that a provider which is registered at the start may have at once.',
  ),
  commandTimeoutSeconds: option(
    'fleet',
    'COMMAND_TIMEOUT_SECONDS',
    integer('SECONDS', 1, 86_400),
    '3600',
    'How long a command may run unless its job says otherwise; at most 24 hours.',
  ),
  workerRetentionDays: option(
    'fleet',
    'WAYBILL_WORKER_RETENTION_DAYS',
    integer('DAYS', 1, 3_650),
    '7',
    'How long workers of warm pools are listed after their end; others are kept as long as their job.',
  ),
  outputStallSeconds: option(
    'fleet',
    'WAYBILL_OUTPUT_STALL_SECONDS',
    integer('SECONDS', 1, 86_400),
    '300',
    'How long an upload of what a command leaves behind may go without progress; its time limit is not that of the ' +
      'command.',
  ),
};
