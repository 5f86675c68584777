import { argument, defineCommand, type Command, type CommandSource } from '../command.ts';
import { oneOf } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { placesOf } from './tree.ts';
import { zshScript } from './zsh.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
const shells = oneOf('bash', 'zsh', 'fish');

export const completionCommand = (commands: readonly CommandSource[]): Command => defineCommand({
  name: 'completion',
  summary: 'Print a script that makes a shell complete commands, flags and values',
  description: 'Ids of jobs are not completed. The script is that of this version: print it again after an update.',
  arguments: { shell: argument('bash|zsh|fish', 'The shell.') },
  usesServer: false,
  examples: [
    ['completion bash > ~/.local/share/bash-completion/completions/waybill', 'for bash, for good'],
    ['completion zsh > ~/.zfunc/_waybill', 'for zsh, with fpath+=~/.zfunc before compinit in ~/.zshrc'],
    ['completion fish > ~/.config/fish/completions/waybill.fish', 'for fish'],
  ],
  async run({ output }, { args: { shell } }) {
    const name = shells.parse(shell);
    if (name === undefined) throw new UsageProblem(`the shell is "${shell}": it must be ${shells.allowed}`);
    const script = scripts[name](await placesOf(commands));
    if (output.json) output.printJson({ shell: name, script });
    else output.print(script.trimEnd());
  },
});
