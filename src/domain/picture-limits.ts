/** The largest picture that is taken: by upload URLs unless the server is configured otherwise, and by the restyler. */
export const pictureLimits = { bytes: 50 * 2 ** 20, pixels: 50_000_000 } as const;

/** The largest picture that a provider of images is given, or may give. */
export const maxProviderBytes = 32 * 2 ** 20;

export const pictureLimitsText = `${pictureLimits.bytes / 2 ** 20} MiB and ${pictureLimits.pixels / 1e6} megapixels`;
