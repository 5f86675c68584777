import type { OptionValues } from './options.ts';

/** How the server deals with connections and requests, whatever they ask for. Limits are at once; 0: there is none. */
export interface HttpConfig {
  /** Null: on the main port. 0: any free one. */
  readonly metricsPort: number | null;
  /** What reading metrics takes; null: nothing, but only on this machine or on a port of their own. */
  readonly metricsToken: string | null;
  /** Whether `POST /mcp` is there. */
  readonly mcp: 'on' | 'read-only' | 'off';
  readonly maxConnections: number;
  /** With a proxy in front: requests. */
  readonly maxConnectionsPerAddress: number;
  readonly maxRequestsPerUser: number;
  readonly maxWaitingPerUser: number;
  readonly requestBodyMs: number;
  readonly unreadAnswerMs: number;
  readonly maxUnreadBytes: number;
  readonly maxUploads: number;
  readonly maxUploadsPerUser: number;
  readonly uploadSpeed: { readonly bytesPerSecond: number; readonly overMs: number };
}

/** Of options that were found good: each has a value then. */
export function httpFrom(values: OptionValues): HttpConfig {
  return {
    metricsPort: values.metricsPort ?? null,
    metricsToken: values.metricsToken ?? null,
    mcp: values.mcp ?? 'off',
    maxConnections: values.maxConnections ?? 0,
    maxConnectionsPerAddress: values.maxConnectionsPerAddress ?? 0,
    maxRequestsPerUser: values.maxRequestsPerUser ?? 0,
    maxWaitingPerUser: values.maxWaitingPerUser ?? 0,
    requestBodyMs: (values.requestBodySeconds ?? 0) * 1_000,
    unreadAnswerMs: (values.unreadAnswerSeconds ?? 0) * 1_000,
    maxUnreadBytes: values.maxUnreadBytes ?? 0,
    maxUploads: values.maxUploads ?? 0,
    maxUploadsPerUser: values.maxUploadsPerUser ?? 0,
    uploadSpeed: {
      bytesPerSecond: values.uploadLeastBytesPerSecond ?? 0,
      overMs: (values.uploadGraceSeconds ?? 0) * 1_000,
    },
  };
}
