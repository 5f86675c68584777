import { fileVariable } from '../../transports/cli/env-files.ts';
import { groups, options, type Group, type Option } from './options.ts';

/** docs/configuration.md, made from the table of options. */
export function configurationDocument(): string {
  const sections = (Object.keys(groups) as Group[]).map((group) => {
    const rows = (Object.values(options) as Option<unknown>[]).filter((option) => option.group === group).map(row);
    return [
      `## ${groups[group]}`,
      '',
      '| variable | flag | default | allowed | |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n');
  });
  return `${[introduction, ...sections].join('\n').trimEnd()}\n`;
}

function row(option: Option<unknown>): string {
  const flag = option.flag === null ? '–' : code(`--${option.flag}`);
  const standard = option.default === null ? '–' : code(option.default);
  // Secrets may be in files.
  const variable = option.secret ? `${code(option.env)}, ${code(fileVariable(option.env))}` : code(option.env);
  return `| ${[variable, flag, standard, option.value.allowed, option.about].map(cell).join(' | ')} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

const introduction = `# Configuration

Options of \`waybill serve\`. A flag takes precedence over the environment variable, and the variable over the default.
An empty variable counts as not set. Unknown variables are ignored; unknown flags are errors. An invalid value stops the
start with exit status 2 and one line that names the option; values of secrets are never printed. Secrets have no flags,
because other users of the machine can read the arguments of a process.

Instead of a secret's variable, \`NAME_FILE\` can name a file that contains it, such as a secret of Docker
(\`/run/secrets/…\`) or Kubernetes. Newlines at its end are ignored; to set both is an error.

\`--env-file FILE\` takes variables from a file of \`NAME=value\` lines, as Node reads them. It can be given several
times, to every command: a later file takes precedence over an earlier one, and a variable that is set over all of them.

The names of durations and sizes include their unit. \`waybill doctor\` checks the configuration without starting a
server.

This page is generated from the tables in \`src/main/config/options\`.
`;
