import { execFile, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, runHere } from './program.ts';

const folder = makeFolder();
const shells = ['bash', 'zsh', 'fish'] as const;
const fileOf = (shell: string): string => join(folder.path, shell);

beforeAll(async () => {
  for (const shell of shells) {
    const { status, stdout, stderr } = await runHere(['completion', shell], {});
    expect([status, stderr]).toEqual([0, '']);
    writeFileSync(fileOf(shell), stdout);
  }
});
afterAll(() => folder.remove());

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit 0'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What each line completes to, in any shell: some of it, and what must not be there. */
const lines: readonly (readonly [line: string, offered: readonly string[], not: readonly string[]])[] = [
  ['waybill ta', ['task'], ['job']],
  ['waybill task ', ['run', 'get', 'bulk'], ['task', 'serve']],
  ['waybill task li', ['list'], ['logs']],
  ['waybill wat', ['watch'], []],
  ['waybill task list --st', ['--status'], ['--type']],
  ['waybill run --wa', ['--wait'], ['--watch']],
  ['waybill task list --status ', ['pending', 'processing', 'completed', 'failed', 'canceled'], ['done']],
  ['waybill task list --type x --status c', ['completed', 'canceled'], ['failed']],
  ['waybill task bulk re', ['retry'], ['cancel']],
  ['waybill serve --log-format ', ['json', 'text', 'auto'], []],
  ['waybill completion z', ['zsh'], ['bash']],
  ['waybill job get --ser', ['--server'], []],
];

/** What is offered. In bash, as it splits the line into words; in fish, by its own command. */
async function complete(shell: 'bash' | 'fish', line: string): Promise<readonly string[]> {
  const program = shell === 'fish'
    ? 'source $FILE; complete -C "$LINE"'
    : `source "$FILE"; read -ra COMP_WORDS <<< "$LINE"; [[ $LINE == *' ' ]] && COMP_WORDS+=('')
       COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _waybill; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)(shell, ['-c', program], {
    env: { PATH: process.env['PATH'], HOME: folder.path, FILE: fileOf(shell), LINE: line },
  });
  return stdout.split('\n').map((each) => each.split('\t', 1)[0] ?? '').filter((each) => each !== '');
}

describe.each(['bash', 'fish'] as const)('%s', (shell) => {
  test.for(lines)('offers for "%s" %j', async ([line, offered, not], { skip }) => {
    skip(!isInstalled(shell), `there is no ${shell} here`);
    const found = await complete(shell, line);
    expect(found).toEqual(expect.arrayContaining([...offered]));
    expect(found.filter((each) => not.includes(each))).toEqual([]);
  });
});

/** Types into an interactive shell, and gives the words that `waybill` was then called with. */
function typeInto(shell: 'bash' | 'zsh', typed: string): Promise<string> {
  const start = {
    bash: `bash --noprofile --norc -i`,
    zsh: `zsh -f -i`,
  }[shell];
  const begin = [
    ...(shell === 'zsh' ? ['autoload -Uz compinit; compinit -u -D'] : []),
    `source ${fileOf(shell)}; waybill() { echo "CALLED<$*>"; }; echo RE""ADY`,
  ];
  const child = spawn('script', ['-q', '-c', start, '/dev/null'], {
    env: { PATH: process.env['PATH'], HOME: folder.path, TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let isTyped = false;
  child.stdin.write(`${begin.join('\n')}\n`);
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      if (!isTyped && screen.includes('READY')) {
        isTyped = true;
        child.stdin.write(`${typed}\n`);
      }
      const called = /CALLED<([^>$]*)>/.exec(screen)?.[1];
      if (called === undefined) return;
      child.stdin.end('exit\n');
      resolve(called);
    });
    child.on('error', reject).on('close', () => reject(new Error(`nothing was called: ${screen}`)));
  });
}

describe.each(['bash', 'zsh'] as const)('the Tab key in %s', (shell) => {
  test.for([
    ['waybill ta\tli\t--sta\tproc\t', 'task list --status processing'],
    ['waybill task bul\tcan\t--ye\t', 'task bulk cancel --yes'],
    ['waybill task list --status=fai\t', 'task list --status=failed'],
  ] as const)('completes %j', async ([typed, called], { skip }) => {
    skip(!isInstalled(shell), `there is no ${shell} here`);
    expect((await typeInto(shell, typed)).trim()).toBe(called);
  });
});

test('a shell that is not known is refused', async () => {
  const { status, stderr } = await runHere(['completion', 'tcsh'], {});
  expect([status, stderr]).toEqual([2, 'waybill: the shell is "tcsh": it must be one of bash, zsh, fish\n']);
});
