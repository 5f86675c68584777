#!/usr/bin/env node
// The installed command. What is published is built (Node runs no TypeScript below node_modules); a checkout runs
// its sources, on the Node that it pins. This file has to run on old Nodes too, to tell their users.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { become } from './become.js';

const oldestNode = 22;

const built = fileURLToPath(new URL('../dist/program/cli.js', import.meta.url));
const args = process.argv.slice(2);

if (!existsSync(built)) {
  const launcher = new URL('../scripts/with-node.mjs', import.meta.url);
  process.argv = [process.execPath, fileURLToPath(launcher), 'src/main/cli.ts', ...args];
  await import(launcher.href);
} else if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  process.stderr.write(`waybill: this needs Node ${oldestNode} or newer, and this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else {
  become(built, args);
}
