import { parseWords } from '../../transports/cli/parse.ts';
import { UsageProblem } from '../../transports/cli/usage-problem.ts';
import type { Config } from './config.ts';
import { configFlags } from './flags.ts';
import { loadConfig } from './load.ts';

/** The configuration of a server by its flags and the environment. Throws UsageProblem: one line on what is wrong. */
export function parseConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Config {
  const { words, texts } = parseWords(args, configFlags());
  if (words.length > 0) throw new UsageProblem(`"${words[0]}" is one word too many`);
  const flags = Object.fromEntries(Object.entries(texts).map(([name, given]) => [name, given.at(-1)]));
  const loaded = loadConfig({ flags, env });
  if (!loaded.ok) throw new UsageProblem(loaded.problems[0]?.message ?? 'the configuration is wrong');
  return loaded.config;
}
