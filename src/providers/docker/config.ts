/** Checks the configuration of a provider at registration. */
import { listOf, number, problemsBy, text, workerRules, type Rules } from '../../ports/provider-config.ts';
import { dockerHostAdvice, readDockerHost } from './host.ts';
import type { DockerConfig } from './settings.ts';

const maxHost = 4_096;
const network = /^[A-Za-z0-9][\w.:-]{0,254}$/;

const rules: Rules<DockerConfig> = {
  host: { says: dockerHostAdvice, holds: isHost },
  ...workerRules,
  network: text('must be the name of a network', network),
  networkModes: listOf('names of networks', (each) => typeof each === 'string' && network.test(each)),
  maxProcesses: number('must be 1 to 1000000', 1, 1_000_000, true),
  user: text('must be "user" or "user:group"', /^[\w.-]{1,64}(:[\w.-]{1,64})?$/),
};

/** What is wrong, by field; null if it is a `DockerConfig`. */
export function dockerProblems(config: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | null {
  return problemsBy(rules, config);
}

function isHost(value: unknown): boolean {
  return typeof value === 'string' && value.length <= maxHost && readDockerHost(value) !== null;
}
