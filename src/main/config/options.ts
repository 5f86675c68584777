import { grpcOptions } from './options/grpc.ts';
import { httpOptions } from './options/http.ts';
import { fleetOptions } from './options/fleet.ts';
import { imageProviderOptions } from './options/image-providers.ts';
import { limitOptions } from './options/limits.ts';
import type { Option } from './options/option.ts';
import { peopleOptions } from './options/people.ts';
import { productImageOptions } from './options/product-images.ts';
import { secretOptions } from './options/secrets.ts';
import { shopOptions } from './options/shop.ts';
import { serverOptions } from './options/server.ts';
import { storageOptions } from './options/storage.ts';

export { groups, type Group, type Option } from './options/option.ts';

/** Everything that can be set, in the order of docs/configuration.md. */
export const options = {
  ...serverOptions, ...secretOptions, ...peopleOptions, ...storageOptions, ...limitOptions, ...httpOptions,
  ...grpcOptions, ...fleetOptions, ...productImageOptions, ...shopOptions, ...imageProviderOptions,
};
export type OptionName = keyof typeof options;

/** Undefined: neither set nor given a default. */
export type OptionValues = {
  readonly [Name in OptionName]: (typeof options)[Name] extends Option<infer T> ? T | undefined : never;
};
