import * as z from 'zod';
import { count, limits, time } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { runningCommand, submittedCommand } from './command-examples.ts';
import { byCommand, commandJob } from './command-fields.ts';
import { cancelCommand, commandQueue, listCommands, listQueuedCommands } from './command-jobs.ts';
import { commandLimits, newCommand, relativePath } from './new-command.ts';

/** Commands that run in containers, pods or processes made for them. Listing and canceling them is that of all jobs. */

const { id } = runningCommand;
const anyCount = count(Number.MAX_SAFE_INTEGER);
const url = z.string().describe('Presigned, for one hour.');

export const submitCommand = defineRoute({
  name: 'submitCommand',
  method: 'POST',
  path: '/api/commands',
  auth: 'operator',
  tag: 'Commands',
  summary: 'Run a command',
  description:
    'The job is stored durably when this returns, and starts when a worker has been started for it. Without ' +
    '`arguments` a shell runs the command.',
  body: newCommand,
  answer: commandJob.extend({
    deduplicated: z.boolean().describe('Whether an earlier request with this id or Idempotency-Key created it.'),
  }),
  status: 201,
  errors: ['conflict', 'quota_exceeded', 'not_found'],
  idempotent: true,
  example: {
    body: submittedCommand,
    answer: {
      ...runningCommand, status: 'PENDING', state: 'PENDING', stateNumber: 1, phase: 'waiting', startedAt: null,
      assignment: null, attempt: 0, updatedAt: runningCommand.createdAt, deduplicated: false,
    },
  },
});

export const createCommandUploads = defineRoute({
  name: 'createCommandUploads',
  method: 'POST',
  path: '/api/commands/uploads',
  auth: 'operator',
  tag: 'Commands',
  summary: 'Upload files for commands',
  description:
    'Answers where to PUT each file, and the object key under which any number of commands can bring it in as one of ' +
    'their `inputs`.',
  body: z.object({
    files: z
      .array(z.object({ path: relativePath.max(512), size: count(limits.uploadBytes).describe('Bytes.') }))
      .min(1)
      .max(commandLimits.files),
  }),
  answer: z.object({
    files: z
      .array(
        z.object({
          path: z.string(),
          objectKey: z.string(),
          url: url.describe('For one PUT with these headers, within an hour.'),
          headers: z.record(z.string(), z.string()),
        }),
      )
      .describe('In the order of the request.'),
  }),
  repeatable: true,
  example: {
    body: { files: [{ path: 'data.csv', size: 48_210 }] },
    answer: {
      files: [
        {
          path: 'data.csv',
          objectKey: 'command/uploads/mira/01935a3d-5e6f-7a80-9b1c-2d3e4f5a6b7c/data.csv',
          url: 'https://waybill.example/objects/command/uploads/mira/01935a3d-5e6f-7a80-9b1c-2d3e4f5a6b7c/data.csv',
          headers: { 'content-type': 'application/octet-stream' },
        },
      ],
    },
  },
});

export const listArtifacts = defineRoute({
  name: 'listArtifacts',
  method: 'GET',
  path: '/api/commands/:id/artifacts',
  auth: 'operator',
  tag: 'Commands',
  summary: 'Download what a command left behind',
  description:
    'The files of the execution that ended the job, with where to GET them. They are kept as results are; those of ' +
    'an execution that is followed by another one are deleted.',
  params: byCommand,
  answer: z.object({
    artifacts: z.array(
      z.object({
        path: z.string().describe('Relative to the work directory.'),
        size: anyCount.describe('Bytes.'),
        url: url.nullable().describe('Presigned, for one hour; null once the file is deleted.'),
      }),
    ),
    purgedAt: time.nullable().describe('When they were deleted, since their time was over.'),
  }),
  example: {
    params: { id },
    answer: {
      artifacts: [
        {
          path: 'build.tar',
          size: 48_210_944,
          url: `https://waybill.example/objects/command/jobs/mira/${id}/2/build.tar`,
        },
      ],
      purgedAt: null,
    },
  },
});

export const commandRoutes = table(
  submitCommand, listCommands, createCommandUploads, commandQueue, listQueuedCommands, cancelCommand, listArtifacts,
);
