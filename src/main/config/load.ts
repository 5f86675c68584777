import { resolve } from 'node:path';
import { objectRetentionFrom, setRetentionFrom } from './object-retention.ts';
import { quotasFrom, unknownQuota } from './quotas.ts';
import type { KindModule } from '../../kinds/module.ts';
import { quotasOf } from '../kinds.ts';
import type { Config, DatabaseConfig, FilesystemConfig, S3Config } from './config.ts';
import { grpcFrom, grpcProblem } from './grpc.ts';
import { httpFrom } from './http.ts';
import { knownSecretProblems } from './known-secrets.ts';
import { devCallbackSecrets, isLoopback, newJwtSecret } from './loopback.ts';
import type { OptionName, OptionValues } from './options.ts';
import { adminProblem, peopleFrom } from './people.ts';
import { productImageNotes, productImageProblem, productImagesFrom } from './product-images.ts';
import { pipelineProblem } from './pipeline.ts';
import { shopProblem } from './shop.ts';
import { settingsFrom } from './settings.ts';
import { readOptions, writtenName, type OptionProblem, type ReadOptions, type Sources } from './read.ts';

export type LoadedConfig =
  | {
      readonly ok: true;
      readonly config: Config;
      /** What the person who starts the server should know, a sentence each. */
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly OptionProblem[] };

/** `kinds`: beside Waybill's own, those that the server is to have. */
export function loadConfig(sources: Sources, kinds: Readonly<Record<string, KindModule>> = {}): LoadedConfig {
  const read = readOptions(sources);
  const { values, problems } = read;
  // A wrong value would only seem to be missing to the rules about several options.
  const all = problems.length > 0 ? problems : problemsTogether(read, kinds);
  if (all.length > 0) return { ok: false, problems: all };
  return { ok: true, config: { ...configFrom(values), settings: settingsFrom(sources) }, notes: notesOn(values) };
}

/** The rules about several options at once. */
export function problemsTogether(
  { values, origins }: ReadOptions,
  kinds: Readonly<Record<string, KindModule>> = {},
): OptionProblem[] {
  const problems: OptionProblem[] = [];
  const add = (option: OptionName, message: string): void => void problems.push({ option, message });
  const { dev, host, databaseUrl, objects } = values;
  if (dev && host !== undefined && !isLoopback(host)) {
    add(
      'host',
      `${writtenName('host', origins.host)} is "${host}", and --dev listens on loopback only: leave one of them out`,
    );
  }
  if (!dev) {
    const how = 'make one with `openssl rand -hex 32`, or start with --dev';
    if (values.jwtSecret === undefined) add('jwtSecret', `JWT_SECRET is not set: ${how}`);
    if (values.callbackSecrets === undefined) add('callbackSecrets', `GPU_CALLBACK_SECRET is not set: ${how}`);
    problems.push(...knownSecretProblems(values));
  }
  const quota = unknownQuota(writtenName('quotaJobs', origins.quotaJobs), values.quotaJobs ?? [], quotasOf(kinds));
  if (quota !== null) add('quotaJobs', quota);
  const together = [
    adminProblem(values), grpcProblem(values), shopProblem(values), productImageProblem(values),
    pipelineProblem(values),
  ];
  for (const problem of together) {
    if (problem !== null) problems.push(problem);
  }
  if (values.callbackSecrets?.length === 0) add('callbackSecrets', 'GPU_CALLBACK_SECRET has no secret in it');
  const scheme = databaseUrl?.slice(0, databaseUrl.indexOf(':'));
  if (scheme !== undefined && !isPostgres(databaseUrl ?? null) && scheme !== 'sqlite') {
    add('databaseUrl', `DATABASE_URL begins with "${scheme}:": it must be sqlite:PATH or postgres://…`);
  }
  if (objects === 's3') {
    const needed = {
      s3Endpoint: 'S3_ENDPOINT',
      s3Bucket: 'S3_BUCKET',
      s3AccessKeyId: 'S3_ACCESS_KEY_ID',
      s3SecretAccessKey: 'S3_SECRET_ACCESS_KEY',
    } as const;
    for (const [name, env] of Object.entries(needed) as [keyof typeof needed, string][]) {
      if (values[name] === undefined) add(name, `${env} is not set: OBJECTS=s3 needs it`);
    }
  }
  return problems;
}

/** Requires that neither `readOptions` nor `problemsTogether` found anything. */
function configFrom(values: OptionValues): Omit<Config, 'settings'> {
  return {
    host: given(values.host),
    port: given(values.port),
    dataDir: resolve(given(values.data)),
    dev: given(values.dev),
    console: given(values.console),
    publicUrl: values.publicUrl ?? null,
    databaseUrl: values.databaseUrl ?? null,
    database: databaseFrom(values),
    jwtSecret: values.jwtSecret ?? newJwtSecret(),
    people: peopleFrom(values),
    callbackSecrets: values.callbackSecrets ?? devCallbackSecrets,
    objects: given(objectsFrom(values) ?? undefined),
    workers: values.workers ?? [],
    models: {
      segmentModel: values.segmentModel === undefined ? null : resolve(values.segmentModel),
      runtime: given(values.modelRuntime),
    },
    fleet: fleetFrom(values),
    limits: {
      uploadTimeLimitMs: given(values.uploadTimeLimitSeconds) * 1000,
      executionTimeLimitMs: given(values.executionTimeLimitSeconds) * 1000,
      resultUrlSeconds: given(values.resultUrlSeconds),
      maxUploadBytes: given(values.maxUploadBytes),
      imageMemoryBytes: given(values.imageMemoryBytes),
      maxBodyBytes: given(values.maxBodyBytes),
      diskReserveBytes: values.diskReserveBytes ?? null,
      quotas: quotasFrom(values),
      typesPerOwner: values.typesPerOwner === 0 ? null : given(values.typesPerOwner),
      objectRetention: objectRetentionFrom(values),
      maxDeliveries: given(values.maxDeliveries),
      maxLostDeliveries: given(values.maxLostDeliveries),
      batchConcurrency: given(values.batchConcurrency),
      keepJobsMs: values.retentionDays === 0 ? null : given(values.retentionDays) * 86_400_000,
      keepAuditMs: given(values.auditRetentionDays) * 86_400_000,
      keepWithObjectsMs: setRetentionFrom(values),
      sessionMs: given(values.sessionHours) * 3_600_000,
      shutdownMs: given(values.shutdownSeconds) * 1000,
    },
    http: httpFrom(values),
    grpc: grpcFrom(values),
    handlers: {
      memoryBytes: given(values.handlersMemoryMb) * 1024 ** 2, silenceMs: given(values.handlersBlockedSeconds) * 1000,
      captureConsole: captured(given(values.handlersCaptureConsole)),
    },
    productImages: productImagesFrom(values),
    trustProxy: given(values.trustProxy),
    verifyUploads: given(values.verifyUploads),
    webhookAllowPrivate: values.webhookAllowPrivate ?? given(values.dev),
    allowedOrigins: values.allowedOrigins ?? [],
    log: { level: given(values.logLevel), format: given(values.logFormat) },
  };
}

function fleetFrom(values: OptionValues): Config['fleet'] {
  return {
    key: values.installationKey ?? null,
    serverHost: values.serverHost ?? null,
    agentServers: values.agentServers?.split(',') ?? [],
    processEnabled: values.processEnabled ?? given(values.dev),
    dockerEnabled: given(values.dockerEnabled),
    dockerHost: given(values.dockerHost),
    kubernetesEnabled: given(values.kubernetesEnabled),
    kubeconfig: values.k8sKubeconfig === undefined ? null : resolve(values.k8sKubeconfig),
    kubernetesNamespace: given(values.k8sNamespace),
    workerImage: given(values.workerImage),
    maxWorkers: given(values.maxWorkers),
    commandTimeoutMs: given(values.commandTimeoutSeconds) * 1000,
    outputStallMs: given(values.outputStallSeconds) * 1000,
    keepWorkersMs: given(values.workerRetentionDays) * 86_400_000,
  };
}

function captured(value: 'true' | 'false' | 'only'): boolean | 'only' {
  return value === 'only' ? value : value === 'true';
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('an option has no value although it was checked');
  return value;
}

export function isPostgres(databaseUrl: string | null): boolean {
  return databaseUrl !== null && /^postgres(ql)?:/.test(databaseUrl);
}

/** Options that have a problem are left at what they are without being set. */
export function databaseFrom(values: OptionValues): DatabaseConfig {
  return {
    externalCheckpoints: values.sqliteCheckpoints === 'external',
    poolSize: values.databasePoolSize ?? 10,
    proxied: values.databaseProxy ?? false,
    directUrl: values.databaseDirectUrl ?? null,
  };
}

/** Null when what a bucket needs is not all there. */
export function objectsFrom(values: OptionValues): FilesystemConfig | S3Config | null {
  if (values.objects === undefined) return null;
  if (values.objects === 'filesystem') return { type: 'filesystem', secret: values.objectsSecret ?? null };
  const { s3Endpoint: endpoint, s3Region: region, s3Bucket: bucket, s3ForcePathStyle: forcePathStyle } = values;
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = values;
  if (endpoint === undefined || bucket === undefined || region === undefined || forcePathStyle === undefined) {
    return null;
  }
  if (accessKeyId === undefined || secretAccessKey === undefined) return null;
  const publicEndpoint = values.s3PublicEndpoint ?? null;
  return { type: 's3', endpoint, region, bucket, accessKeyId, secretAccessKey, forcePathStyle, publicEndpoint };
}

function notesOn(values: OptionValues): string[] {
  const { dev, callbackSecrets } = values;
  if (!dev) return [];
  const notes = [
    'Development mode: "Bearer <user id>" is that user and "Bearer admin" the administrator, without any password.',
  ];
  if (callbackSecrets === undefined) notes.push(`Workers use the callback secret ${devCallbackSecrets.join(' or ')}.`);
  return [...notes, ...productImageNotes(values)];
}
