/** The images that the tests on a real cluster run; `npm run test:kubernetes` builds them and brings them there. */

export const workerImage = 'waybill-test-worker:kubernetes';
/** With the real agent. */
export const jobsImage = 'waybill-test-jobs:kubernetes';
/** busybox, without Node or the agent. */
export const foreignImage = 'waybill-test-busybox:2';

/** An agent that fails with what it sees around it. */
export const reportingAgent = `
const { execFileSync } = require('node:child_process');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const attempt = (path) => {
  try { writeFileSync(path, ''); return 'writes'; } catch (error) { return error.code; }
};
const status = readFileSync('/proc/self/status', 'utf8');
console.log(JSON.stringify({
  user: process.getuid(), libraries: existsSync('/lib'), token: process.env.TOKEN, agent: attempt('/opt/waybill/x'),
  root: attempt('/x'), work: attempt(process.env.WAYBILL_WORK_DIR + '/x'), tmp: attempt('/tmp/x'),
  capabilities: /CapEff:\\s*(\\w+)/.exec(status)[1], noNewPrivileges: /NoNewPrivs:\\s*(\\d)/.exec(status)[1],
  isFirst: process.pid === 1, account: existsSync('/var/run/secrets/kubernetes.io'),
  shell: execFileSync('/bin/sh', ['-c', 'echo $0'], { encoding: 'utf8' }).trim(),
}));
process.exitCode = 4;
`;
