export { ApiError, isTransient, type ClientErrorCode } from './api-error.ts';
export { createClientOf, jsonOf, type ClientOf, type ClientOptions, type Outcome } from './client.ts';
export type { CallOptions } from './send.ts';
export type { UploadBody, UploadOptions } from './transfer.ts';
export type { WatchOptions } from './watch.ts';
