import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const wranglerConfigPath = fileURLToPath(new URL('../../deploy/wrangler.jsonc', import.meta.url));

interface Consumer {
  readonly queue: string;
  readonly max_batch_size: number;
  readonly max_batch_timeout: number;
  readonly max_retries: number;
  readonly dead_letter_queue?: string;
}

interface WranglerConfig {
  readonly name: string;
  readonly compatibility_date: string;
  readonly compatibility_flags: readonly string[];
  readonly vars: Readonly<Record<string, string>>;
  readonly assets: {
    readonly binding: string; readonly run_worker_first: boolean; readonly html_handling: 'none';
  };
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] };
  readonly queues: {
    readonly producers: readonly { readonly binding: string; readonly queue: string }[];
    readonly consumers: readonly Consumer[];
  };
  readonly d1_databases: readonly { readonly binding: string; readonly database_id: string }[];
  readonly r2_buckets: readonly {
    readonly binding: string;
    readonly bucket_name: string;
    readonly local_dev: {
      readonly experimental_s3_credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    };
  }[];
}

/**
 * `deploy/wrangler.jsonc` as Miniflare is told it, with the console's pages in `consoleFolder`. Wrangler's own reader
 * takes a second to load.
 */
export function wranglerConfig(consoleFolder: string) {
  // Its comments have lines of their own.
  const text = readFileSync(wranglerConfigPath, 'utf8').replace(/^\s*\/\/.*$/gm, '');
  const config = JSON.parse(text) as WranglerConfig;
  return {
    name: config.name,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: [...config.compatibility_flags],
    vars: config.vars,
    assets: {
      directory: consoleFolder,
      binding: config.assets.binding,
      run_worker_first: config.assets.run_worker_first,
      routerConfig: { has_user_worker: true },
      assetConfig: { html_handling: config.assets.html_handling },
    },
    durableObjects: Object.fromEntries(
      config.durable_objects.bindings.map(({ name, class_name: className }) => [name, { className, useSQLite: true }]),
    ),
    queueProducers: Object.fromEntries(
      config.queues.producers.map(({ binding, queue: queueName }) => [binding, { queueName }]),
    ),
    queueConsumers: Object.fromEntries(config.queues.consumers.map((consumer) => [consumer.queue, {
      maxBatchSize: consumer.max_batch_size,
      maxBatchTimeout: consumer.max_batch_timeout,
      maxRetries: consumer.max_retries,
      ...(consumer.dead_letter_queue !== undefined && { deadLetterQueue: consumer.dead_letter_queue }),
    }])),
    d1Databases: Object.fromEntries(config.d1_databases.map(({ binding, database_id }) => [binding, database_id])),
    r2Buckets: Object.fromEntries(config.r2_buckets.map(({ binding, bucket_name: id, local_dev }) => [
      binding, { id, s3Credentials: local_dev.experimental_s3_credentials },
    ])),
  };
}
