import type { Settings } from '../../application/dependencies.ts';
import type { QuotaChanges } from '../../application/quotas/quotas.ts';
import { imageSet } from '../../kinds/image-set/domain/kind.ts';
import { imageSetQuotas } from '../../kinds/image-set/domain/quotas.ts';
import { task } from '../../kinds/task/domain/kind.ts';
import { taskQuotas } from '../../kinds/task/domain/quotas.ts';
import { devCallbackSecrets, isLoopback } from '../config/loopback.ts';
import { httpFrom, type HttpConfig } from '../config/http.ts';
import type { AnonymousSignups } from '../config/config.ts';
import { knownSecretProblems } from '../config/known-secrets.ts';
import { anonymousSignupsFrom } from '../config/people.ts';
import type { OptionValues } from '../config/options.ts';
import { objectRetentionFrom, setRetentionFrom } from '../config/object-retention.ts';
import { quotasFrom, unknownQuota } from '../config/quotas.ts';
import { readOptions } from '../config/read.ts';
import { edgeProductImagesFrom, type EdgeProductImages } from './product-images.ts';
import { readPlaces, type CellPlaces } from './cell/place.ts';

/**
 * What can be set on Cloudflare: of the server's options (docs/configuration.md) those that mean something there,
 * under the same names, and where R2 is.
 */
export interface EdgeConfig {
  readonly settings: Settings;
  /** Instead of what the plans say. */
  readonly quotas: QuotaChanges;
  /** Only ever true under a loopback `PUBLIC_URL`, where a deployed Worker cannot be. */
  readonly dev: boolean;
  readonly console: boolean;
  readonly jwtSecret: string | null;
  readonly anonymousSignups: AnonymousSignups;
  readonly people: EdgePeople;
  /** What `aud` and `iss` of a JWT may be; empty: anything. */
  readonly audiences: readonly string[];
  readonly issuers: readonly string[];
  /** The first one is what the server proves itself by to a GPU worker. */
  readonly callbackSecrets: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly maxBodyBytes: number;
  readonly http: HttpConfig;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly bucket: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  /** Where the objects of users and jobs are; null: where they are first asked for. */
  readonly objectsIn: { readonly jurisdiction: string | null; readonly locationHint: string | null };
  /** Where messages are pushed to; null: nowhere, they wait to be pulled. */
  readonly gpuWorkerUrl: string | null;
  /** Whether workers pull the messages from Cloudflare's API, and need all of a message in the queue. */
  readonly isPulledFromApi: boolean;
  readonly cells: CellConfig;
  /** Null: none are taken. */
  readonly productImages: EdgeProductImages | null;
}

export interface EdgePeople {
  readonly passwordLogin: boolean;
  /** Null: no administrator can be made but in development mode. */
  readonly setupToken: string | null;
  /** How long a token of a login is good. Milliseconds. */
  readonly sessionMs: number;
}

/** What the cells do by it, which hold all jobs but image sets. */
export interface CellConfig {
  /** Which cell a type of task is in; those that are not there are in the first. */
  readonly places: CellPlaces;
  /** How long jobs are kept after their end; null: for ever. Milliseconds. */
  readonly keepJobsMs: number | null;
  readonly keepAuditMs: number;
  readonly webhookAllowPrivate: boolean;
}

const dayMs = 86_400_000;
/** Of the kinds that are here. */
const kindQuotas = { [imageSet.name]: imageSetQuotas, [task.name]: taskQuotas };

export class WrongConfig extends Error {
  override readonly name = 'WrongConfig';
}

/** Throws WrongConfig, with everything that is wrong in one message and no secret in it. */
export function edgeConfig(environment: object): EdgeConfig {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (typeof value === 'string') env[name] = value;
  const { values, problems } = readOptions({ flags: {}, env });
  const wrong = problems.map(({ message }) => message);
  const needed = (name: string, example: string): string => {
    const value = env[name]?.trim() ?? '';
    if (value === '') wrong.push(`${name} is not set: ${example}`);
    return value;
  };
  const publicUrl = needed('PUBLIC_URL', 'where clients reach the Worker, https://…').replace(/\/+$/, '');
  const dev = values.dev === true;
  if (dev && !isLoopback(hostOf(publicUrl))) wrong.push('WAYBILL_DEV is for a PUBLIC_URL on this machine only');
  if (!dev && values.jwtSecret === undefined) wrong.push('JWT_SECRET is not set: `wrangler secret put JWT_SECRET`');
  if (!dev) wrong.push(...knownSecretProblems(values).map(({ message }) => message));
  const callbackSecrets = values.callbackSecrets ?? (dev ? devCallbackSecrets : []);
  if (callbackSecrets.length === 0) {
    wrong.push('GPU_CALLBACK_SECRET is not set: `wrangler secret put GPU_CALLBACK_SECRET`');
  }
  const objectsIn = {
    jurisdiction: oneOf(env, 'JURISDICTION', jurisdictions, wrong),
    locationHint: oneOf(env, 'LOCATION_HINT', locationHints, wrong),
  };
  const given = env['S3_ENDPOINT']?.trim() || null;
  const bucket = {
    endpoint: given ?? r2Endpoint(needed('R2_ACCOUNT_ID', 'of the R2 bucket'), objectsIn.jurisdiction),
    bucket: needed('R2_BUCKET_NAME', 's3-images'),
    accessKeyId: needed('R2_ACCESS_KEY_ID', 'from an R2 API token'),
    secretAccessKey: needed('R2_SECRET_ACCESS_KEY', 'from an R2 API token'),
  };
  const gpuWorkerUrl = env['GPU_WORKER_URL']?.trim() || null;
  if (gpuWorkerUrl !== null && !/^https?:\/\/[^/]/.test(gpuWorkerUrl)) {
    wrong.push('GPU_WORKER_URL must be an http(s) URL');
  }
  const isPulledFromApi = oneOf(env, 'QUEUE_CONSUMER', ['worker', 'http_pull'], wrong) === 'http_pull';
  const quota = unknownQuota('QUOTA_JOBS', values.quotaJobs ?? [], kindQuotas);
  if (quota !== null) wrong.push(quota);
  const places = readPlaces(env['TASK_CELLS'] ?? '');
  if (typeof places === 'string') wrong.push(places);
  const productImages = edgeProductImagesFrom(values, wrong);
  if (wrong.length > 0) throw new WrongConfig(wrong.join('; '));
  return {
    settings: settingsFrom(values, publicUrl),
    quotas: quotasFrom(values),
    dev,
    console: values.console ?? true,
    jwtSecret: values.jwtSecret ?? null,
    anonymousSignups: anonymousSignupsFrom(values),
    people: edgePeopleFrom(values),
    audiences: values.jwtAudience ?? [],
    issuers: values.jwtIssuer ?? [],
    callbackSecrets,
    allowedOrigins: values.allowedOrigins ?? [],
    maxBodyBytes: values.maxBodyBytes ?? 0,
    http: httpFrom(values),
    logLevel: values.logLevel ?? 'info',
    bucket,
    objectsIn,
    gpuWorkerUrl,
    isPulledFromApi,
    productImages,
    cells: { ...cellsFrom(values, dev), places: typeof places === 'string' ? new Map() : places },
  };
}

function settingsFrom(values: OptionValues, publicUrl: string): Settings {
  return {
    publicUrl,
    uploadTimeLimitMs: (values.uploadTimeLimitSeconds ?? 0) * 1000,
    executionTimeLimitMs: (values.executionTimeLimitSeconds ?? 0) * 1000,
    resultUrlSeconds: values.resultUrlSeconds ?? 0,
    objectRetention: objectRetentionFrom(values),
    verifyUploads: values.verifyUploads ?? false,
    maxUploadBytes: values.maxUploadBytes ?? 0,
    maxDeliveries: values.maxDeliveries ?? 0,
    maxLostDeliveries: values.maxLostDeliveries ?? 0,
    batchConcurrency: values.batchConcurrency ?? 0,
    typesPerOwner: values.typesPerOwner === 0 ? null : (values.typesPerOwner ?? null),
    keepWithObjectsMs: setRetentionFrom(values),
  };
}

function edgePeopleFrom({ passwordLogin, setupToken, sessionHours }: OptionValues): EdgePeople {
  return {
    passwordLogin: passwordLogin ?? true,
    setupToken: setupToken ?? null,
    sessionMs: (sessionHours ?? 0) * 3_600_000,
  };
}

function cellsFrom(values: OptionValues, dev: boolean): Omit<CellConfig, 'places'> {
  return {
    keepJobsMs: values.retentionDays === 0 ? null : (values.retentionDays ?? 0) * dayMs,
    keepAuditMs: (values.auditRetentionDays ?? 0) * dayMs,
    webhookAllowPrivate: dev && (values.webhookAllowPrivate ?? false),
  };
}

function oneOf(
  env: Readonly<Record<string, string>>,
  name: string,
  values: readonly string[],
  wrong: string[],
): string | null {
  const value = env[name]?.trim() || null;
  if (value !== null && !values.includes(value)) wrong.push(`${name} is "${value}": use one of ${values.join(', ')}`);
  return value;
}

/** https://developers.cloudflare.com/r2/reference/data-location/ */
function r2Endpoint(accountId: string, jurisdiction: string | null): string {
  const within = jurisdiction === null ? '' : `.${jurisdiction}`;
  return `https://${accountId}${within}.r2.cloudflarestorage.com`;
}

/** https://developers.cloudflare.com/durable-objects/reference/data-location/ */
const jurisdictions = ['eu', 'us', 'fedramp'];
const locationHints = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'];

function hostOf(url: string): string {
  return URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? '';
}
