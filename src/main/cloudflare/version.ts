/** Put in by the bundler. */
declare const WAYBILL_VERSION: string | undefined;

/** The package's version. */
export const version = typeof WAYBILL_VERSION === 'string' ? WAYBILL_VERSION : 'unknown';
