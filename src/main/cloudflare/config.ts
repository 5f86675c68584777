import type { Settings } from '../../application/dependencies.ts';
import type { QuotaChanges } from '../../application/quotas/quotas.ts';
import { imageSet } from '../../kinds/image-set/domain/kind.ts';
import { imageSetQuotas } from '../../kinds/image-set/domain/quotas.ts';
import { devCallbackSecrets, isLoopback } from '../config/loopback.ts';
import { httpFrom, type HttpConfig } from '../config/http.ts';
import type { AnonymousSignups } from '../config/config.ts';
import { knownSecretProblems } from '../config/known-secrets.ts';
import { anonymousSignupsFrom } from '../config/people.ts';
import { objectRetentionFrom, setRetentionFrom } from '../config/object-retention.ts';
import { quotasFrom, unknownQuota } from '../config/quotas.ts';
import { readOptions } from '../config/read.ts';

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
  readonly jwtSecret: string | null;
  readonly anonymousSignups: AnonymousSignups;
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
}

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
  const quota = unknownQuota('QUOTA_JOBS', values.quotaJobs ?? [], { [imageSet.name]: imageSetQuotas });
  if (quota !== null) wrong.push(quota);
  if (wrong.length > 0) throw new WrongConfig(wrong.join('; '));
  return {
    settings: {
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
      typesPerOwner: null,
      keepWithObjectsMs: setRetentionFrom(values),
    },
    quotas: quotasFrom(values),
    dev,
    jwtSecret: values.jwtSecret ?? null,
    anonymousSignups: anonymousSignupsFrom(values),
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
