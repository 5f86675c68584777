import { problemsTogether } from '../../config/load.ts';
import { options, type Option, type OptionName, type OptionValues } from '../../config/options.ts';
import { writtenName, type ReadOptions } from '../../config/read.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

/** The first Node that runs TypeScript without a flag is 22.18; what is built runs on every 22. */
export function checkNode(version: string, fromSource: boolean): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const needed = fromSource ? '22.18' : '22';
  const good = major > 22 || (major === 22 && (!fromSource || minor >= 18));
  return good ? ok('node', version) : fail('node', `${version} is too old`, `Use Node ${needed} or newer.`);
}

export function checkConfiguration(read: ReadOptions): Finding[] {
  const { values, origins, problems } = read;
  const all = problems.length > 0 ? problems : problemsTogether(read);
  if (all.length > 0) {
    return all.map(({ message }) => fail('configuration', message, 'docs/configuration.md lists what is allowed.'));
  }
  const names = (Object.keys(options) as OptionName[]).filter((name) => /flag|environment|file/.test(origins[name]));
  const written = names.map((name) => writtenName(name, origins[name]));
  const set = written.length === 0 ? 'nothing is set, all by default' : `set: ${written.join(', ')}`;
  return [ok('configuration', `${values.dev ? 'development mode' : 'production'}; ${set}`)];
}

/** Whether the secrets are worth the name; that they are there and long enough is the configuration's matter. */
export function checkSecrets(values: OptionValues): Finding[] {
  if (values.dev) return [ok('secrets', 'development mode needs none')];
  const secrets: (readonly [OptionName, string])[] = [];
  if (values.jwtSecret !== undefined) secrets.push(['jwtSecret', values.jwtSecret]);
  for (const secret of values.callbackSecrets ?? []) secrets.push(['callbackSecrets', secret]);
  for (const secret of values.webhookSecrets ?? []) secrets.push(['webhookSecrets', secret]);
  if (values.objectsSecret !== undefined) secrets.push(['objectsSecret', values.objectsSecret]);
  const findings = secrets.flatMap(([name, secret]) => {
    const { env }: Option<unknown> = options[name];
    const problem = weakness(secret);
    const advice = 'Make another one: openssl rand -hex 32';
    return problem === null ? [] : [warn('secrets', `${env} ${problem}`, advice)];
  });
  if (new Set(secrets.map(([, secret]) => secret)).size < secrets.length) {
    findings.push(warn('secrets', 'one secret is used for two things', 'Give each of them its own.'));
  }
  if (findings.length > 0 || secrets.length === 0) return findings;
  return [ok('secrets', [...new Set(secrets.map(([name]) => options[name].env))].join(', '))];
}

/** What makes a secret easy to guess; null when nothing is seen. */
export function weakness(secret: string): string | null {
  if (/secret|password|change.?me|example|default|waybill|1234567|qwerty/i.test(secret)) {
    return 'contains a word that attackers try first';
  }
  const different = new Set(secret).size;
  if (different < 8) return `has only ${different} different characters`;
  const half = secret.slice(0, secret.length / 2);
  return half.length > 0 && secret === half + half ? 'consists of two equal halves' : null;
}
