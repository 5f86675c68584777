/**
 * The messages between agents and servers: of each field its number and type. The descriptors in the generated code say
 * the same, as a test checks, but take 20 ms of a core to load, at the start of each job.
 */
export const fields = {
  ConnectRequest: {
    register: '1 AgentRegister', heartbeat: '2 AgentHeartbeat', accepted: '3 RunAccepted', started: '4 RunStarted',
    logBatch: '5 LogBatch', result: '6 RunResult', uploadRequest: '7 UploadRequest', drain: '8 AgentDrain',
  },
  ConnectResponse: {
    registered: '1 Registered', assignment: '2 Assignment', cancel: '3 CancelRun', logAck: '4 LogAck',
    resultAck: '5 ResultAck', uploadUrls: '6 UploadUrls', drain: '7 DrainAgent', rejected: '8 Rejected',
  },
  Timestamp: { seconds: '1 int64', nanos: '2 int32' },
  Duration: { seconds: '1 int64', nanos: '2 int32' },
  Run: { jobId: '1 string', attempt: '2 int32', token: '3 int64' },
  HeldRun: { run: '1 Run', state: '2 enum', logLines: '3 int64' },
  AgentRegister: {
    workerId: '1 string', token: '2 string', agentVersion: '3 string', runs: '4 repeated HeldRun', nonce: '5 string',
  },
  AgentHeartbeat: { runs: '1 repeated HeldRun', usage: '2 ResourceUsage', droppedLogs: '3 uint64' },
  ResourceUsage: { cpuCores: '1 double', memoryBytes: '2 int64', diskBytes: '3 int64' },
  RunAccepted: { run: '1 Run' },
  RunStarted: { run: '1 Run', pid: '2 int64', startedAt: '3 Timestamp' },
  LogBatch: { run: '1 Run', firstLine: '2 int64', lineCount: '3 int32', unpackedBytes: '4 int32', body: '5 bytes' },
  RunResult: {
    run: '1 Run', exitCode: '2 optional int32', signal: '3 optional string', failureReason: '4 optional enum',
    message: '5 string', startedAt: '6 Timestamp', endedAt: '7 Timestamp', logLines: '8 int64',
    artifacts: '9 repeated Artifact',
  },
  Artifact: { path: '1 string', objectKey: '2 string', size: '3 int64' },
  UploadRequest: { run: '1 Run', files: '2 repeated UploadFile' },
  UploadFile: { path: '1 string', size: '2 int64' },
  AgentDrain: { reason: '1 string' },
  Registered: {
    workerId: '1 string', sessionToken: '2 string', heartbeatInterval: '3 Duration', lease: '4 Duration',
    logAcks: '5 repeated LogAck',
  },
  Assignment: {
    run: '1 Run', command: '2 CommandSpec', environment: '3 map', secrets: '4 map', inputs: '5 repeated InputFile',
    outputs: '6 repeated string', timeout: '7 Duration', grace: '8 Duration', logLimits: '9 LogLimits',
    uploadStall: '10 Duration',
  },
  CommandSpec: {
    command: '1 string', arguments: '2 repeated string', script: '3 string', workingDirectory: '4 string',
    stdin: '5 optional string',
  },
  InputFile: { url: '1 string', path: '2 string' },
  LogLimits: { lines: '1 int64', lineLength: '2 int32', spoolBytes: '3 int64' },
  CancelRun: { run: '1 Run', grace: '2 Duration', reason: '3 string' },
  LogAck: { run: '1 Run', throughLine: '2 int64' },
  ResultAck: { run: '1 Run' },
  UploadUrls: { run: '1 Run', targets: '2 repeated UploadTarget' },
  UploadTarget: { path: '1 string', objectKey: '2 string', url: '3 string', headers: '4 map' },
  DrainAgent: { reason: '1 string' },
  Rejected: { run: '1 Run', code: '2 string', message: '3 string' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

export type MessageName = keyof typeof fields;
