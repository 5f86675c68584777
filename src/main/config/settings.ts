import type { Setting } from '../../contract/settings.ts';
import { groups, options, type Option, type OptionName } from './options.ts';
import { givenOf, type Sources } from './read.ts';

/** Every option as it is set, without a secret in it. */
export function settingsFrom(sources: Sources): readonly Setting[] {
  return (Object.entries(options) as [OptionName, Option<unknown>][]).map(([name, option]) => {
    const { origin, given } = givenOf(sources, name, option);
    const value = option.secret || given === undefined ? null : withoutPassword(given);
    return {
      name: option.env, flag: option.flag === null ? null : `--${option.flag}`, group: groups[option.group],
      about: option.about, secret: option.secret, isSet: given !== undefined, value, origin,
    };
  });
}

/** Of URLs that have one: `postgres://user:password@host`. */
function withoutPassword(value: string): string {
  return value.replaceAll(/(:\/\/[^\s/@:]*):[^\s/@]*@/g, '$1:…@');
}
