/** The real S3 server that tests may use, from the environment. */
const names = {
  endpoint: 'S3_ENDPOINT',
  region: 'S3_REGION',
  bucket: 'S3_BUCKET',
  accessKeyId: 'S3_ACCESS_KEY_ID',
  secretAccessKey: 'S3_SECRET_ACCESS_KEY',
} as const;

export function s3FromEnvironment(): {
  /** Variables that are not set; when there are any, `settings` is of no use. */
  readonly missing: readonly string[];
  readonly settings: Record<keyof typeof names, string> & { readonly forcePathStyle: boolean };
} {
  const entries = Object.entries(names).map(([option, variable]) => [option, process.env[variable] ?? '']);
  const settings = Object.fromEntries(entries) as Record<keyof typeof names, string>;
  const missing = Object.values(names).filter((variable) => (process.env[variable] ?? '') === '');
  return { missing, settings: { ...settings, forcePathStyle: process.env['S3_FORCE_PATH_STYLE'] !== 'false' } };
}
