import type { Flag } from '../../transports/cli/flag.ts';
import { options, type Option, type OptionName } from './options.ts';

/**
 * The options as flags of a command, all of them or some; secrets have none and are left out. They give
 * the texts as they were written: `readOptions` looks at them together with the environment.
 */
export function configFlags<const Name extends OptionName = OptionName>(
  names: readonly Name[] = Object.keys(options) as Name[],
): { readonly [Each in Name]: Flag<string | undefined> } {
  const flags = names.flatMap((name) => {
    const option: Option<unknown> = options[name];
    return option.flag === null ? [] : [[name, configFlag(option)]];
  });
  return Object.fromEntries(flags);
}

function configFlag(option: Option<unknown>): Flag<string | undefined> {
  const isSwitch = option.value.placeholder === 'true|false';
  const on = option.default === 'true' ? ` Default: true; --no-${option.flag} for false.` : '';
  const standard = isSwitch ? on : option.default === null ? '' : ` Default: ${option.default}.`;
  return {
    placeholder: isSwitch ? null : option.value.placeholder,
    about: `${option.about}${standard} [${option.env}]`,
    // Not taken by the command line itself, which would not know an empty variable from a wrong one.
    env: null,
    required: false,
    read: (texts) => ({ ok: true, value: texts.at(-1) }),
  };
}
