/** The largest picture that is taken: by upload URLs unless the server is configured otherwise, and by the restyler. */
export const pictureLimits = { bytes: 50 * 2 ** 20, pixels: 50_000_000 } as const;

export const pictureLimitsText = `${pictureLimits.bytes / 2 ** 20} MiB and ${pictureLimits.pixels / 1e6} megapixels`;
