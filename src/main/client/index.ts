export {
  ApiError, isTransient, type CallOptions, type ClientErrorCode, type ClientOptions, type Outcome, type UploadBody,
  type UploadOptions, type WatchOptions,
} from '../../client/index.ts';
export { createClient, type Answer, type Client } from './client.ts';
