import type { Setting } from '../../contract/settings.ts';
import type { ObjectPolicy } from '../../domain/job/ended-objects.ts';
import type { QuotaChanges } from '../../application/quotas/quotas.ts';
import type { QualityLimits } from '../../imaging/local/product/quality.ts';
import type { ReplicateSettings } from '../../imaging/replicate/index.ts';
import type { ShopifySettings } from '../../shops/shopify/index.ts';
import type { Themes } from '../../kinds/product-image/domain/theme.ts';
import type { GrpcConfig } from './grpc.ts';
import type { HttpConfig } from './http.ts';

/** Everything that can be set. `options.ts` lists where each comes from; nothing else reads the environment. */
export interface Config {
  /** Every option as it was given, for administrators. */
  readonly settings: readonly Setting[];
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Folder of the embedded store and objects. */
  readonly dataDir: string;
  readonly dev: boolean;
  /** Whether it serves the web pages. */
  readonly console: boolean;
  /** Where clients and workers reach this server; null: made from host and port once it listens. */
  readonly publicUrl: string | null;
  /** Null: the SQLite file in `dataDir`. */
  readonly databaseUrl: string | null;
  readonly database: DatabaseConfig;
  readonly jwtSecret: string;
  readonly people: PeopleConfig;
  /** Accepted secrets of callbacks, the first one being handed out; several during rotation. */
  readonly callbackSecrets: readonly string[];
  readonly objects: FilesystemConfig | S3Config;
  /** Workers that run in this process: "images", "pipeline". */
  readonly workers: readonly string[];
  /** What those use. */
  readonly models: {
    /** An absolute path; null: the built-in model. */
    readonly segmentModel: string | null;
    readonly runtime: 'auto' | 'wasm' | 'native';
  };
  readonly limits: {
    readonly uploadTimeLimitMs: number;
    readonly executionTimeLimitMs: number;
    readonly resultUrlSeconds: number;
    readonly maxUploadBytes: number;
    /** Of the process that restyles photos. */
    readonly imageMemoryBytes: number;
    readonly maxBodyBytes: number;
    /** What is kept free on the disk; null: a share of it. */
    readonly diskReserveBytes: number | null;
    /** Instead of what the plans say. */
    readonly quotas: QuotaChanges;
    /** Types of task of one owner; null: no limit. */
    readonly typesPerOwner: number | null;
    /** How long objects are kept after the end of their job; null: for ever. Milliseconds. */
    readonly objectRetention: Readonly<Record<ObjectPolicy, number | null>>;
    readonly maxDeliveries: number;
    readonly maxLostDeliveries: number;
    readonly batchConcurrency: number;
    /** How long tasks that have ended are kept; null: for ever. */
    readonly keepJobsMs: number | null;
    /** How long entries of the audit are kept. */
    readonly keepAuditMs: number;
    /** How long sets of photos that have ended are kept; as above. */
    readonly keepWithObjectsMs: number | null;
    readonly sessionMs: number;
    readonly shutdownMs: number;
  };
  readonly http: HttpConfig;
  readonly grpc: GrpcConfig;
  /** Of a process that runs handlers of tasks. */
  readonly handlers: {
    readonly memoryBytes: number;
    readonly silenceMs: number;
    readonly captureConsole: boolean | 'only';
  };
  readonly fleet: FleetConfig;
  /** Null: the server has no product images. */
  readonly productImages: ProductImageConfig | null;
  /** Whether the last address in X-Forwarded-For is the client's. */
  readonly trustProxy: boolean;
  readonly verifyUploads: boolean;
  /** Whether webhooks may go to loopback and private addresses. */
  readonly webhookAllowPrivate: boolean;
  readonly allowedOrigins: readonly string[];
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    /** `auto`: text on a terminal, JSON anywhere else. */
    readonly format: 'auto' | 'json' | 'text';
  };
}

export interface ProductImageConfig {
  /** That webhooks may be signed with; null: they need no signature, in development mode only. */
  readonly secrets: readonly string[] | null;
  readonly maxPerSku: number;
  /** Null: any. */
  readonly themes: readonly string[] | null;
  readonly defaultTheme: string;
  /** Those that ship, and those of THEMES_FILE. */
  readonly looks: Themes;
  /** When a cut-out is refused. */
  readonly quality: QualityLimits;
  /** That work on pixels, at most. */
  readonly studioProcesses: number;
  readonly timeLimitMs: number;
  readonly maxRetries: number;
  /** Null: the server does no step itself. */
  readonly pipeline: PipelineConfig | null;
}

/** What does the steps of product images. */
export interface PipelineConfig {
  readonly shop: ShopifySettings;
  readonly segmentProvider: ImageProviderConfig;
  readonly bgProvider: ImageProviderConfig;
  readonly maxVariants: number;
  /** Micro-dollars. */
  readonly jobLimitMicroUsd: number;
  readonly dailyLimitMicroUsd: number;
  readonly stepsAtOnce: number;
}

export type ImageProviderConfig =
  | { readonly type: 'local' }
  | { readonly type: 'replicate'; readonly settings: ReplicateSettings };

/** What runs command jobs. */
export interface FleetConfig {
  /** Null: one is made and kept in `dataDir`. */
  readonly key: string | null;
  /** How workers reach this server; null: as their provider knows it. */
  readonly serverHost: string | null;
  /** Other servers that agents may go to, `host:port` each. */
  readonly agentServers: readonly string[];
  readonly processEnabled: boolean;
  readonly dockerEnabled: boolean;
  /** As `DOCKER_HOST`. */
  readonly dockerHost: string;
  readonly kubernetesEnabled: boolean;
  /** A file; null: the service account of this pod, or where kubectl finds it. */
  readonly kubeconfig: string | null;
  readonly kubernetesNamespace: string;
  readonly workerImage: string;
  /** Of each provider that is registered at the start. */
  readonly maxWorkers: number;
  readonly commandTimeoutMs: number;
  readonly outputStallMs: number;
  /** How long workers of warm pools are kept after their end. */
  readonly keepWorkersMs: number;
}

export interface AnonymousSignups {
  readonly enabled: boolean;
  /** Of one address. */
  readonly perHour: number;
}

export interface PeopleConfig {
  readonly passwordLogin: boolean;
  /** Null: the one that is made of `jwtSecret`. */
  readonly setupToken: string | null;
  /** To be made at the start if there is no administrator; null: nobody. */
  readonly admin: { readonly userId?: string; readonly email?: string; readonly password: string } | null;
  readonly anonymousSignups: AnonymousSignups;
  /** What `aud` and `iss` of JWTs from elsewhere may be; empty: anything. */
  readonly audiences: readonly string[];
  readonly issuers: readonly string[];
}

export interface DatabaseConfig {
  /** Whether another program writes the log of SQLite back. */
  readonly externalCheckpoints: boolean;
  /** Connections at once, at most. */
  readonly poolSize: number;
  /** Whether `databaseUrl` leads through a proxy that pools transactions. */
  readonly proxied: boolean;
  /** The way past that proxy, for wake-ups; null when there is none. */
  readonly directUrl: string | null;
}

export interface FilesystemConfig {
  readonly type: 'filesystem';
  /** Signs object URLs; null: one is made and kept in `dataDir`. */
  readonly secret: string | null;
}

export interface S3Config {
  readonly type: 's3';
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly forcePathStyle: boolean;
  /** How browsers and workers reach the endpoint, when that is another way than the server's. */
  readonly publicEndpoint: string | null;
}
