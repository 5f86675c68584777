import { describe, expect, test } from 'vitest';
import { options, type Option } from '../../src/main/config/options.ts';
import { flagName } from '../../src/transports/cli/flag.ts';

const table = Object.entries(options) as [string, Option<unknown>][];

describe('the table of options', () => {
  test('has no default that it does not allow itself', () => {
    const wrong = table.filter(
      ([, option]) => option.default !== null && option.value.parse(option.default) === undefined,
    );
    expect(wrong).toEqual([]);
  });

  test('names each flag like its option, and gives secrets none', () => {
    for (const [name, { flag, secret }] of table) expect(flag && `--${flag}`).toBe(secret ? null : flagName(name));
  });

  test('has no variable and no flag twice', () => {
    const names = table.flatMap(([, { env, flag }]) => (flag === null ? [env] : [env, flag]));
    expect(new Set(names).size).toBe(names.length);
  });
});
