# Written by npm run docs, from the OpenAPI document.
"""What is sent to a Waybill server, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Union

if TYPE_CHECKING:
    from typing_extensions import NotRequired
else:  # Nothing evaluates it.
    NotRequired = Union


class ListPresetsAnswer(TypedDict):
    presets: list[Preset]


class Preset(TypedDict):
    name: str
    description: str
    concepts: dict[str, Concept]
    protect: list[str]


class Concept(TypedDict):
    action: Literal["recolor", "tone", "texture", "remove"]
    value: str
    box: NotRequired[list[Any]]
    shadow: NotRequired[bool]


class CreateImageSetBody(TypedDict):
    preset: str
    itemCount: NotRequired[int]
    files: NotRequired[Sequence[CreateImageSetBodyFilesEntry]]
    inputsFrom: NotRequired[str]
    items: NotRequired[Sequence[int]]
    execute: NotRequired[CreateImageSetBodyExecute]


class CreateImageSetBodyFilesEntry(TypedDict):
    name: NotRequired[str]
    contentType: NotRequired[str]
    contentLength: NotRequired[int]


class CreateImageSetBodyExecute(TypedDict):
    concepts: NotRequired[Mapping[str, ConceptInput]]
    protect: NotRequired[Sequence[str]]
    ruleId: NotRequired[str]
    outputTemplate: NotRequired[str]
    force: NotRequired[bool]
    output: NotRequired[OutputInput]


class ConceptInput(TypedDict):
    action: Literal["recolor", "tone", "texture", "remove"]
    value: NotRequired[str]
    box: NotRequired[list[Any]]
    shadow: NotRequired[bool]


class OutputInput(TypedDict):
    format: NotRequired[Literal["png", "webp", "jpeg"]]
    background: NotRequired[str]
    quality: NotRequired[int]


class CreateImageSetAnswer(TypedDict):
    jobId: str
    status: Literal["created", "uploaded", "queued", "running", "done", "failed", "canceled"]
    urls: list[CreateImageSetAnswerUrlsEntry]
    confirmUrl: str | None


class CreateImageSetAnswerUrlsEntry(TypedDict):
    idx: int
    url: str
    key: str


class ConfirmUploadBody(TypedDict):
    totalItems: NotRequired[int]
    verify: NotRequired[bool]
    execute: NotRequired[CreateImageSetBodyExecute]


class ConfirmUploadAnswer(TypedDict):
    jobId: str
    status: Literal["created", "uploaded", "queued", "running", "done", "failed", "canceled"]


class ListInputsAnswer(TypedDict):
    inputs: list[ListInputsAnswerInputsEntry]


class ListInputsAnswerInputsEntry(TypedDict):
    idx: int
    name: str | None
    inputUrl: str | None


class ListFirstPicturesAnswer(TypedDict):
    sets: list[ListFirstPicturesAnswerSetsEntry]


class ListFirstPicturesAnswerSetsEntry(TypedDict):
    id: str
    pictures: list[ListFirstPicturesAnswerSetsEntryPicturesEntry]


class ListFirstPicturesAnswerSetsEntryPicturesEntry(TypedDict):
    idx: int
    state: Literal["done", "failed"] | None
    previewUrl: str | None
    outputUrl: str | None
    inputPreviewUrl: str | None
    inputUrl: str | None


class RecordItemResultBody(TypedDict):
    idx: int
    status: Literal["done", "completed", "failed"]
    output_key: NotRequired[str | None]
    preview_key: NotRequired[str | None]
    input_preview: NotRequired[bool]
    error: NotRequired[str | None]
    error_code: NotRequired[str | None]
    confidence: NotRequired[float | None]
    idempotency_key: NotRequired[str | None]


class RecordItemResultAnswer(TypedDict):
    jobId: str
    status: Literal["created", "uploaded", "queued", "running", "done", "failed", "canceled"]
    progress: Progress


class Progress(TypedDict):
    done: int
    failed: int
    total: int


class RecordItemResultsBody(TypedDict):
    callbacks: Sequence[Callback]


class Callback(TypedDict):
    idx: int
    status: Literal["done", "completed", "failed"]
    output_key: NotRequired[str | None]
    preview_key: NotRequired[str | None]
    input_preview: NotRequired[bool]
    error: NotRequired[str | None]
    error_code: NotRequired[str | None]
    confidence: NotRequired[float | None]
    idempotency_key: NotRequired[str | None]


class RecordItemResultsAnswer(TypedDict):
    jobId: str
    status: Literal["created", "uploaded", "queued", "running", "done", "failed", "canceled"]
    progress: Progress
    outcomes: list[RecordItemResultsAnswerOutcomesEntry]


class RecordItemResultsAnswerOutcomesEntry(TypedDict):
    ok: bool
    error: NotRequired[RecordItemResultsAnswerOutcomesEntryError]


class RecordItemResultsAnswerOutcomesEntryError(TypedDict):
    code: Literal["invalid_request", "not_found", "invalid_state", "insufficient_credits", "concurrency_limit", "rate_limit", "rule_limit", "quota_exceeded", "limit_reached", "missing_uploads", "conflict", "idempotency_mismatch", "idempotency_in_progress", "unauthenticated", "forbidden", "lease_lost", "unavailable", "internal"]
    message: str


class ListTasksAnswer(TypedDict):
    jobs: list[ListedTask]
    nextCursor: str | None


class ListedTask(TypedDict):
    id: str
    kind: Literal["task"]
    type: str
    ownerId: str
    status: Literal["pending", "processing", "completed", "failed", "canceled"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    progress: int
    data: NotRequired[Any]
    totalItems: int | None
    processedItems: int
    errorLog: NotRequired[list[ListedTaskErrorLogEntry]]
    result: NotRequired[Any]
    steps: NotRequired[list[ListedTaskStepsEntry]]
    priority: int
    attempt: int
    maxAttempts: int
    backoff: ListedTaskBackoff
    timeout: int | None
    runAt: str
    completedAt: str | None
    createdById: str
    dedupeKey: str | None
    concurrencyKey: str | None
    dependsOn: list[str]
    waitsFor: list[str]
    onDependencyFailure: Literal["cancel", "run"]
    webhookUrl: str | None
    cancelRequested: bool
    cancelReason: str | None
    scheduleId: str | None
    waitingFor: NotRequired[ListedTaskWaitingFor | None]


class ListedTaskErrorLogEntry(TypedDict):
    at: str
    item: NotRequired[str]
    message: str
    code: NotRequired[str]
    stack: NotRequired[str]


class ListedTaskStepsEntry(TypedDict):
    name: str
    at: str
    tookMs: int | None
    attempt: int
    result: Any


class ListedTaskBackoff(TypedDict):
    firstMs: int
    maxMs: int


class ListedTaskWaitingFor(TypedDict):
    code: Literal["dependencies", "time", "paused", "worker", "turn"]
    message: str


class SubmitTaskBody(TypedDict):
    type: str
    data: NotRequired[Any]
    totalItems: NotRequired[int]
    priority: NotRequired[int]
    runAt: NotRequired[str]
    maxAttempts: NotRequired[int]
    backoff: NotRequired[Backoff]
    timeout: NotRequired[int | None]
    dedupeKey: NotRequired[str]
    concurrencyKey: NotRequired[str]
    dependsOn: NotRequired[Sequence[str]]
    onDependencyFailure: NotRequired[Literal["cancel", "run"]]
    webhookUrl: NotRequired[str]
    labels: NotRequired[Mapping[str, str]]


class Backoff(TypedDict):
    firstMs: int
    maxMs: int


class SubmitTaskAnswer(TypedDict):
    id: str
    kind: Literal["task"]
    type: str
    ownerId: str
    status: Literal["pending", "processing", "completed", "failed", "canceled"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    progress: int
    data: Any
    totalItems: int | None
    processedItems: int
    errorLog: list[ListedTaskErrorLogEntry]
    result: Any
    steps: list[ListedTaskStepsEntry]
    priority: int
    attempt: int
    maxAttempts: int
    backoff: ListedTaskBackoff
    timeout: int | None
    runAt: str
    completedAt: str | None
    createdById: str
    dedupeKey: str | None
    concurrencyKey: str | None
    dependsOn: list[str]
    waitsFor: list[str]
    onDependencyFailure: Literal["cancel", "run"]
    webhookUrl: str | None
    cancelRequested: bool
    cancelReason: str | None
    scheduleId: str | None
    waitingFor: NotRequired[ListedTaskWaitingFor | None]
    deduplicated: bool


class Task(TypedDict):
    id: str
    kind: Literal["task"]
    type: str
    ownerId: str
    status: Literal["pending", "processing", "completed", "failed", "canceled"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    progress: int
    data: Any
    totalItems: int | None
    processedItems: int
    errorLog: list[ListedTaskErrorLogEntry]
    result: Any
    steps: list[ListedTaskStepsEntry]
    priority: int
    attempt: int
    maxAttempts: int
    backoff: ListedTaskBackoff
    timeout: int | None
    runAt: str
    completedAt: str | None
    createdById: str
    dedupeKey: str | None
    concurrencyKey: str | None
    dependsOn: list[str]
    waitsFor: list[str]
    onDependencyFailure: Literal["cancel", "run"]
    webhookUrl: str | None
    cancelRequested: bool
    cancelReason: str | None
    scheduleId: str | None
    waitingFor: NotRequired[ListedTaskWaitingFor | None]


class TaskProgressAnswer(TypedDict):
    status: Literal["pending", "processing", "completed", "failed", "canceled"]
    progress: int
    processedItems: int
    totalItems: int | None


class TaskEvent(TypedDict):
    type: str
    status: Literal["pending", "processing", "completed", "failed", "canceled"] | None
    at: str


class BulkTasksBody(TypedDict):
    action: Literal["create", "cancel", "retry", "delete"]
    jobs: NotRequired[Sequence[Mapping[str, Any]]]
    ids: NotRequired[Sequence[str]]
    filter: NotRequired[BulkTasksBodyFilter]


class BulkTasksBodyFilter(TypedDict):
    status: NotRequired[Literal["pending", "processing", "completed", "failed", "canceled"]]
    type: NotRequired[str]
    createdFrom: NotRequired[str]
    createdBefore: NotRequired[str]
    owner: NotRequired[str]


class BulkTasksAnswer(TypedDict):
    action: Literal["create", "cancel", "retry", "delete"]
    succeeded: int
    failed: int
    results: list[BulkTasksAnswerResultsEntry]
    hasMore: bool


class BulkTasksAnswerResultsEntry(TypedDict):
    id: str | None
    ok: bool
    error: NotRequired[BulkTasksAnswerResultsEntryError]


class BulkTasksAnswerResultsEntryError(TypedDict):
    code: Literal["invalid_request", "not_found", "invalid_state", "insufficient_credits", "concurrency_limit", "rate_limit", "rule_limit", "quota_exceeded", "limit_reached", "missing_uploads", "conflict", "idempotency_mismatch", "idempotency_in_progress", "unauthenticated", "forbidden", "lease_lost", "unavailable", "internal"]
    message: str
    details: NotRequired[dict[str, Any]]


class TaskLogsAnswer(TypedDict):
    lines: list[TaskLogsAnswerLinesEntry]
    nextAfter: int | None


class TaskLogsAnswerLinesEntry(TypedDict):
    number: int
    at: str
    level: Literal["debug", "info", "warn", "error"]
    attempt: int
    message: str


class TaskStatsAnswer(TypedDict):
    jobs: list[TaskStatsAnswerJobsEntry]
    work: list[TaskStatsAnswerWorkEntry]
    unasked: list[TaskStatsAnswerUnaskedEntry]


class TaskStatsAnswerJobsEntry(TypedDict):
    type: str
    status: Literal["pending", "processing", "completed", "failed", "canceled"]
    count: int


class TaskStatsAnswerWorkEntry(TypedDict):
    type: str
    stage: Literal["blocked", "scheduled", "queued", "ready", "leased"]
    count: int


class TaskStatsAnswerUnaskedEntry(TypedDict):
    type: str
    waiting: int
    askedAt: str | None


class ListWorkTypesAnswer(TypedDict):
    types: list[WorkType]


class WorkType(TypedDict):
    type: str
    limits: WorkTypeLimits
    defaults: WorkTypeDefaults
    searchable: list[str]
    paused: bool
    updatedAt: str | None


class WorkTypeLimits(TypedDict):
    maxRunning: int | None
    maxRunningPerKey: int
    rate: RateLimit | None
    ratePerKey: RateLimit | None


class RateLimit(TypedDict):
    count: int
    windowMs: int


class WorkTypeDefaults(TypedDict):
    maxAttempts: int
    backoff: BackoffRead
    timeout: int | None


class BackoffRead(TypedDict):
    firstMs: int
    maxMs: int


class WholeWorkType(TypedDict):
    type: str
    limits: WorkTypeLimits
    defaults: WorkTypeDefaults
    searchable: list[str]
    paused: bool
    updatedAt: str | None
    inputSchema: dict[str, Any] | None


class PutWorkTypeBody(TypedDict):
    limits: NotRequired[PutWorkTypeBodyLimits]
    defaults: NotRequired[PutWorkTypeBodyDefaults]
    searchable: NotRequired[Sequence[str]]
    inputSchema: NotRequired[Mapping[str, Any] | None]


class PutWorkTypeBodyLimits(TypedDict):
    maxRunning: NotRequired[int | None]
    maxRunningPerKey: NotRequired[int]
    rate: NotRequired[RateLimitSent | None]
    ratePerKey: NotRequired[RateLimitSent | None]


class RateLimitSent(TypedDict):
    count: int
    windowMs: int


class PutWorkTypeBodyDefaults(TypedDict):
    maxAttempts: NotRequired[int]
    backoff: NotRequired[Backoff]
    timeout: NotRequired[int | None]


class ListTaskRequestsAnswer(TypedDict):
    requests: list[TaskRequest]
    nextAfter: str | None


class TaskRequest(TypedDict):
    id: str
    ownerId: str
    status: Literal["waiting", "refused"]
    createdAt: str
    refusedAt: str | None
    error: BulkTasksAnswerResultsEntryError | None
    body: str


class RemoveTaskRequestAnswer(TypedDict):
    id: str
    removed: Literal[True]


class SubmitCommandBody(TypedDict):
    id: NotRequired[str]
    name: NotRequired[str]
    description: NotRequired[str]
    command: NotRequired[str]
    arguments: NotRequired[Sequence[str]]
    script: NotRequired[str]
    environment: NotRequired[Mapping[str, str]]
    secrets: NotRequired[Mapping[str, str]]
    workingDirectory: NotRequired[str]
    stdin: NotRequired[str]
    requirements: NotRequired[CommandRequirements]
    priority: NotRequired[int]
    timeoutMs: NotRequired[int]
    graceMs: NotRequired[int]
    startWithinMs: NotRequired[int]
    inputs: NotRequired[Sequence[SubmitCommandBodyInputsEntry]]
    outputs: NotRequired[Sequence[str]]
    retry: NotRequired[CommandRetry]
    labels: NotRequired[Mapping[str, str]]
    tags: NotRequired[Sequence[str]]
    webhookUrl: NotRequired[str]
    runAt: NotRequired[str]
    dependsOn: NotRequired[Sequence[str]]
    onDependencyFailure: NotRequired[Literal["cancel", "run"]]


class CommandRequirements(TypedDict):
    provider: NotRequired[str]
    image: NotRequired[str]
    cpuCores: NotRequired[float]
    memoryBytes: NotRequired[int]
    diskBytes: NotRequired[int]
    gpuCount: NotRequired[int]
    networkMode: NotRequired[str]
    labels: NotRequired[Mapping[str, str]]


class SubmitCommandBodyInputsEntry(TypedDict):
    objectKey: str
    path: str


class CommandRetry(TypedDict):
    maxAttempts: NotRequired[int]
    backoff: NotRequired[CommandRetryBackoff]
    on: NotRequired[Literal["lost", "failure"]]


class CommandRetryBackoff(TypedDict):
    firstMs: int
    maxMs: int


class SubmitCommandAnswer(TypedDict):
    id: str
    kind: Literal["command"]
    type: str | None
    ownerId: str
    status: Literal["PENDING", "ASSIGNED", "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    progress: JobProgress
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    name: str
    state: Literal["PENDING", "ASSIGNED", "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED"]
    stateNumber: int
    exitCode: int | None
    signal: str | None
    failure: CommandFailure | None
    assignment: CommandAssignment | None
    attempt: int
    maxAttempts: int
    priority: int
    timeoutMs: int
    graceMs: int
    startWithinMs: int | None
    runAt: str
    cancelRequested: bool
    cancelReason: str | None
    workingDirectory: str | None
    webhookUrl: str | None
    scheduleId: str | None
    description: str | None
    command: str
    arguments: list[str]
    script: str | None
    environment: dict[str, str]
    secrets: dict[str, str]
    stdin: str | None
    requirements: SubmitCommandAnswerRequirements
    inputs: list[SubmitCommandAnswerInputsEntry]
    outputs: list[str]
    dependsOn: list[str]
    waitsFor: list[str]
    onDependencyFailure: Literal["cancel", "run"]
    retry: SubmitCommandAnswerRetry
    tags: list[str]
    artifacts: list[CommandArtifact]
    executions: list[CommandExecution]
    deduplicated: bool


class JobProgress(TypedDict):
    done: int
    failed: int
    total: int | None
    percent: int


class CommandFailure(TypedDict):
    reason: Literal["COMMAND_NOT_FOUND", "PERMISSION_DENIED", "FILE_NOT_FOUND", "PROCESS_SPAWN_FAILED", "EXECUTION_TIMEOUT", "SIGNAL_RECEIVED", "OUT_OF_MEMORY", "NON_ZERO_EXIT_CODE", "INFRASTRUCTURE_ERROR", "VALIDATION_ERROR", "CONFIGURATION_ERROR", "SECRET_INJECTION_ERROR", "IO_ERROR", "UNKNOWN"]
    message: str


class CommandAssignment(TypedDict):
    workerId: str
    providerId: str
    providerType: str
    assignedAt: str
    acceptedAt: str | None
    startedAt: str | None


class SubmitCommandAnswerRequirements(TypedDict):
    provider: str | None
    image: str | None
    cpuCores: float | None
    memoryBytes: int | None
    diskBytes: int | None
    gpuCount: int
    networkMode: str | None
    labels: dict[str, str]


class SubmitCommandAnswerInputsEntry(TypedDict):
    objectKey: str
    path: str


class SubmitCommandAnswerRetry(TypedDict):
    maxAttempts: int
    backoff: ListedTaskBackoff
    on: Literal["lost", "failure"]


class CommandArtifact(TypedDict):
    path: str
    size: int


class CommandExecution(TypedDict):
    attempt: int
    workerId: str
    providerId: str
    assignedAt: str
    startedAt: str | None
    endedAt: str
    exitCode: int | None
    failure: CommandFailure | None


class ListCommandsAnswer(TypedDict):
    jobs: list[ListedCommandJob]
    total: int
    totalCapped: bool


class ListedCommandJob(TypedDict):
    id: str
    kind: Literal["command"]
    type: str | None
    ownerId: str
    status: Literal["PENDING", "ASSIGNED", "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    progress: JobProgress
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    name: str
    state: Literal["PENDING", "ASSIGNED", "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED"]
    stateNumber: int
    exitCode: int | None
    signal: str | None
    failure: CommandFailure | None
    assignment: CommandAssignment | None
    attempt: int
    maxAttempts: int
    priority: int
    timeoutMs: int
    graceMs: int
    startWithinMs: int | None
    runAt: str
    cancelRequested: bool
    cancelReason: str | None
    workingDirectory: str | None
    webhookUrl: str | None
    scheduleId: str | None
    description: NotRequired[str | None]
    command: NotRequired[str]
    arguments: NotRequired[list[str]]
    script: NotRequired[str | None]
    environment: NotRequired[dict[str, str]]
    secrets: NotRequired[dict[str, str]]
    stdin: NotRequired[str | None]
    requirements: NotRequired[SubmitCommandAnswerRequirements]
    inputs: NotRequired[list[SubmitCommandAnswerInputsEntry]]
    outputs: NotRequired[list[str]]
    dependsOn: NotRequired[list[str]]
    waitsFor: NotRequired[list[str]]
    onDependencyFailure: NotRequired[Literal["cancel", "run"]]
    retry: NotRequired[SubmitCommandAnswerRetry]
    tags: NotRequired[list[str]]
    artifacts: NotRequired[list[CommandArtifact]]
    executions: NotRequired[list[CommandExecution]]


class CreateCommandUploadsBody(TypedDict):
    files: Sequence[CreateCommandUploadsBodyFilesEntry]


class CreateCommandUploadsBodyFilesEntry(TypedDict):
    path: str
    size: int


class CreateCommandUploadsAnswer(TypedDict):
    files: list[CreateCommandUploadsAnswerFilesEntry]


class CreateCommandUploadsAnswerFilesEntry(TypedDict):
    path: str
    objectKey: str
    url: str
    headers: dict[str, str]


class CommandQueueAnswer(TypedDict):
    states: CommandQueueAnswerStates
    updatedAt: str


class CommandQueueAnswerStates(TypedDict):
    PENDING: int
    ASSIGNED: int
    RUNNING: int
    SUCCEEDED: int
    FAILED: int
    TIMED_OUT: int
    CANCELLED: int


class ListQueuedCommandsAnswer(TypedDict):
    jobs: list[ListQueuedCommandsAnswerJobsEntry]
    total: int


class ListQueuedCommandsAnswerJobsEntry(TypedDict):
    id: str
    name: str
    priority: int
    queuedAt: str
    runAt: str
    waitingBecause: str


class CancelCommandBody(TypedDict):
    reason: NotRequired[str]
    attempt: NotRequired[int]


class CommandJob(TypedDict):
    id: str
    kind: Literal["command"]
    type: str | None
    ownerId: str
    status: Literal["PENDING", "ASSIGNED", "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    progress: JobProgress
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    name: str
    state: Literal["PENDING", "ASSIGNED", "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED"]
    stateNumber: int
    exitCode: int | None
    signal: str | None
    failure: CommandFailure | None
    assignment: CommandAssignment | None
    attempt: int
    maxAttempts: int
    priority: int
    timeoutMs: int
    graceMs: int
    startWithinMs: int | None
    runAt: str
    cancelRequested: bool
    cancelReason: str | None
    workingDirectory: str | None
    webhookUrl: str | None
    scheduleId: str | None
    description: str | None
    command: str
    arguments: list[str]
    script: str | None
    environment: dict[str, str]
    secrets: dict[str, str]
    stdin: str | None
    requirements: SubmitCommandAnswerRequirements
    inputs: list[SubmitCommandAnswerInputsEntry]
    outputs: list[str]
    dependsOn: list[str]
    waitsFor: list[str]
    onDependencyFailure: Literal["cancel", "run"]
    retry: SubmitCommandAnswerRetry
    tags: list[str]
    artifacts: list[CommandArtifact]
    executions: list[CommandExecution]


class ListArtifactsAnswer(TypedDict):
    artifacts: list[ListArtifactsAnswerArtifactsEntry]
    purgedAt: str | None


class ListArtifactsAnswerArtifactsEntry(TypedDict):
    path: str
    size: int
    url: str | None


class ReceiveImageBody(TypedDict):
    sku: str
    imageUrl: str
    sha256: str
    theme: NotRequired[str]


class ReceiveImageAnswer(TypedDict):
    jobId: str
    status: Literal["created", "duplicate"]
    job: ReceiveImageAnswerJob


class ReceiveImageAnswerJob(TypedDict):
    id: str
    sku: str
    theme: str
    status: Literal["NEW", "QUEUED", "SEGMENTING", "BG_GENERATING", "COMPOSITING", "SHOPIFY_PUSH", "DONE", "FAILED"]
    createdAt: str


class CreateProductImageBody(TypedDict):
    sku: str
    sha256: str
    theme: NotRequired[str]
    imageUrl: NotRequired[str]
    type: NotRequired[Literal["image/jpeg", "image/png", "image/webp"]]


class CreateProductImageAnswer(TypedDict):
    jobId: str
    status: Literal["created", "duplicate"]
    job: ReceiveImageAnswerJob
    upload: ObjectUrls | None
    pipeline: bool


class ObjectUrls(TypedDict):
    key: str
    putUrl: str | None
    getUrl: str
    expiresAt: str


class StartedProductImage(TypedDict):
    id: str
    kind: Literal["product-image"]
    type: str | None
    ownerId: str
    status: Literal["NEW", "QUEUED", "SEGMENTING", "BG_GENERATING", "COMPOSITING", "SHOPIFY_PUSH", "DONE", "FAILED"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    progress: JobProgress
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    sku: str
    imageUrl: str
    imageSha256: str
    theme: str
    costUsd: float
    attempt: int
    maxAttempts: int
    tries: int
    errorCode: Literal["DOWNLOAD_FAILED", "HASH_MISMATCH", "INVALID_IMAGE", "PRODUCT_NOT_FOUND", "SEGMENT_FAILED", "BG_GENERATION_FAILED", "COMPOSITE_FAILED", "QUALITY_CHECK_FAILED", "STORAGE_FAILED", "SHOPIFY_PUSH_FAILED", "PROVIDER_TIMEOUT", "PROVIDER_RATE_LIMITED", "TIMEOUT", "COST_LIMIT_EXCEEDED", "UNKNOWN"] | None
    errorMessage: str | None
    completedAt: str | None
    statusDescription: str
    remainingSeconds: int
    movedBy: Literal["pipeline", "outside"] | None
    pausedUntil: str | None
    timings: StartedProductImageTimings
    retryAt: str | None
    originalKey: str | None
    maskKey: str | None
    bgKeys: list[str]
    compositeKeys: list[str]
    thumbKeys: list[str]
    shopifyMediaIds: list[str]
    shopifyProductId: str | None
    providers: StartedProductImageProviders
    segmentJobId: str | None
    segmentConfidence: float | None
    bgJobIds: list[str]
    errorStack: str | None
    urls: StartedProductImageUrls


class StartedProductImageTimings(TypedDict):
    originalMs: int | None
    segmentationMs: int | None
    backgroundsMs: int | None
    compositeMs: int | None
    shopifyMs: int | None


class StartedProductImageProviders(TypedDict):
    segmentation: str | None
    backgrounds: str | None


class StartedProductImageUrls(TypedDict):
    original: ObjectUrls
    mask: ObjectUrls


class PresignProductImageBody(TypedDict):
    kind: Literal["original", "mask", "cutout", "bg", "composite", "thumb"]
    variant: NotRequired[int]
    aspect: NotRequired[Literal["1x1", "4x5", "16x9"]]
    type: NotRequired[Literal["image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/avif", "image/heic"]]
    key: NotRequired[str]


class ReportSegmentationBody(TypedDict):
    maskKey: NotRequired[str]
    maskUrl: NotRequired[str]
    providerJobId: NotRequired[str]
    confidence: NotRequired[float]
    provider: NotRequired[str]
    cost: NotRequired[float]


class ProductImage(TypedDict):
    id: str
    kind: Literal["product-image"]
    type: str | None
    ownerId: str
    status: Literal["NEW", "QUEUED", "SEGMENTING", "BG_GENERATING", "COMPOSITING", "SHOPIFY_PUSH", "DONE", "FAILED"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    progress: JobProgress
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    sku: str
    imageUrl: str
    imageSha256: str
    theme: str
    costUsd: float
    attempt: int
    maxAttempts: int
    tries: int
    errorCode: Literal["DOWNLOAD_FAILED", "HASH_MISMATCH", "INVALID_IMAGE", "PRODUCT_NOT_FOUND", "SEGMENT_FAILED", "BG_GENERATION_FAILED", "COMPOSITE_FAILED", "QUALITY_CHECK_FAILED", "STORAGE_FAILED", "SHOPIFY_PUSH_FAILED", "PROVIDER_TIMEOUT", "PROVIDER_RATE_LIMITED", "TIMEOUT", "COST_LIMIT_EXCEEDED", "UNKNOWN"] | None
    errorMessage: str | None
    completedAt: str | None
    statusDescription: str
    remainingSeconds: int
    movedBy: Literal["pipeline", "outside"] | None
    pausedUntil: str | None
    timings: StartedProductImageTimings
    retryAt: str | None
    originalKey: str | None
    maskKey: str | None
    bgKeys: list[str]
    compositeKeys: list[str]
    thumbKeys: list[str]
    shopifyMediaIds: list[str]
    shopifyProductId: str | None
    providers: StartedProductImageProviders
    segmentJobId: str | None
    segmentConfidence: float | None
    bgJobIds: list[str]
    errorStack: str | None


class ReportBackgroundsBody(TypedDict):
    bgKeys: NotRequired[Sequence[str]]
    bgUrls: NotRequired[Sequence[str]]
    providerJobIds: NotRequired[Sequence[str]]
    provider: NotRequired[str]
    cost: NotRequired[float]


class ReportCompositeBody(TypedDict):
    composites: Sequence[str]
    thumbs: NotRequired[Sequence[str]]
    cost: NotRequired[float]


class ReportShopifyBody(TypedDict):
    mediaIds: Sequence[str]
    productId: NotRequired[str]
    cost: NotRequired[float]


class FailProductImageBody(TypedDict):
    code: Literal["DOWNLOAD_FAILED", "HASH_MISMATCH", "INVALID_IMAGE", "PRODUCT_NOT_FOUND", "SEGMENT_FAILED", "BG_GENERATION_FAILED", "COMPOSITE_FAILED", "QUALITY_CHECK_FAILED", "STORAGE_FAILED", "SHOPIFY_PUSH_FAILED", "PROVIDER_TIMEOUT", "PROVIDER_RATE_LIMITED", "TIMEOUT", "COST_LIMIT_EXCEEDED", "UNKNOWN", "BG_FAILED", "SHOPIFY_UPLOAD_FAILED", "S3_UPLOAD_FAILED", "MAX_RETRIES_EXCEEDED"]
    message: str
    stack: NotRequired[str]


class PruneProductImagesBody(TypedDict):
    olderThanSeconds: int


class PruneProductImagesAnswer(TypedDict):
    jobs: int
    objects: int
    more: bool


class ListProductPicturesAnswer(TypedDict):
    original: ListProductPicturesAnswerOriginal | None
    cutout: ListProductPicturesAnswerOriginal | None
    backgrounds: list[ListProductPicturesAnswerBackgroundsEntry]
    composites: list[ListProductPicturesAnswerCompositesEntry]
    expiresAt: str


class ListProductPicturesAnswerOriginal(TypedDict):
    key: str
    url: str


class ListProductPicturesAnswerBackgroundsEntry(TypedDict):
    key: str
    url: str
    variant: int


class ListProductPicturesAnswerCompositesEntry(TypedDict):
    key: str
    url: str
    variant: int
    aspect: Literal["1x1", "4x5", "16x9"] | None
    thumbUrl: str | None


class ListProductCoversAnswer(TypedDict):
    covers: list[ListProductCoversAnswerCoversEntry]


class ListProductCoversAnswerCoversEntry(TypedDict):
    id: str
    url: str | None


class MakeDerivativesBody(TypedDict):
    widths: Sequence[int]
    formats: Sequence[Literal["jpeg", "png", "webp", "avif"]]
    of: NotRequired[Sequence[Literal["composites", "cutout"]]]


class MakeDerivativesAnswer(TypedDict):
    manifestKey: str
    manifestUrl: str
    made: int
    derivatives: list[Derivative]


class Derivative(TypedDict):
    key: str
    url: str
    of: str
    width: int
    height: int
    format: Literal["jpeg", "png", "webp", "avif"]
    bytes: int


class ListThemesAnswer(TypedDict):
    themes: list[ListThemesAnswerThemesEntry]


class ListThemesAnswerThemesEntry(TypedDict):
    name: str
    title: str
    prompt: str
    negativePrompt: str
    light: Literal["left", "right", "above"]
    shadow: float
    margins: ListThemesAnswerThemesEntryMargins
    aspects: list[Literal["1x1", "4x5", "16x9"]]
    variants: int
    backdrops: list[ListThemesAnswerThemesEntryBackdropsEntry]
    isTaken: bool
    source: Literal["shipped", "file", "stored"]
    updatedAt: str | None


class ListThemesAnswerThemesEntryMargins(TypedDict):
    top: float
    bottom: float
    sides: float


class ListThemesAnswerThemesEntryBackdropsEntry(TypedDict):
    style: Literal["sweep", "spotlight", "plaster", "window", "arch", "bokeh", "mist"]
    wall: str
    floor: str
    accents: list[str]


class PutThemeBody(TypedDict):
    title: NotRequired[str]
    prompt: NotRequired[str]
    negativePrompt: NotRequired[str]
    light: NotRequired[Literal["left", "right", "above"]]
    shadow: NotRequired[float]
    margins: NotRequired[PutThemeBodyMargins]
    aspects: NotRequired[Sequence[Literal["1x1", "4x5", "16x9"]]]
    variants: NotRequired[int]
    backdrops: Sequence[PutThemeBodyBackdropsEntry]


class PutThemeBodyMargins(TypedDict):
    top: float
    bottom: float
    sides: float


class PutThemeBodyBackdropsEntry(TypedDict):
    style: Literal["sweep", "spotlight", "plaster", "window", "arch", "bokeh", "mist"]
    wall: str
    floor: str
    accents: NotRequired[Sequence[str]]


class DeleteThemeAnswer(TypedDict):
    name: str
    deleted: Literal[True]


class ListSchedulesAnswer(TypedDict):
    schedules: list[Schedule]
    nextCursor: str | None


class ScheduleTask(TypedDict):
    scheduleId: str
    ownerId: str
    name: str
    cron: str
    timeZone: str
    missed: Literal["skip", "once", "all"]
    enabled: bool
    ownerDisabled: bool
    kindUnknown: bool
    nextAt: str | None
    nextTicks: list[str]
    lastAt: str | None
    lastJobId: str | None
    createdAt: str
    updatedAt: str
    kind: Literal["task"]
    type: str
    data: Any
    totalItems: NotRequired[int]
    priority: NotRequired[int]
    maxAttempts: NotRequired[int]
    backoff: NotRequired[BackoffRead]
    timeout: NotRequired[int | None]
    dedupeKey: NotRequired[str]
    concurrencyKey: NotRequired[str]
    webhookUrl: NotRequired[str]
    labels: NotRequired[dict[str, str]]


class ScheduleCommand(TypedDict):
    scheduleId: str
    ownerId: str
    name: str
    cron: str
    timeZone: str
    missed: Literal["skip", "once", "all"]
    enabled: bool
    ownerDisabled: bool
    kindUnknown: bool
    nextAt: str | None
    nextTicks: list[str]
    lastAt: str | None
    lastJobId: str | None
    createdAt: str
    updatedAt: str
    kind: Literal["command"]
    description: NotRequired[str]
    command: str
    arguments: NotRequired[list[str]]
    script: NotRequired[str]
    environment: NotRequired[dict[str, str]]
    secrets: NotRequired[dict[str, str]]
    workingDirectory: NotRequired[str]
    stdin: NotRequired[str]
    requirements: NotRequired[CommandRequirementsRead]
    priority: NotRequired[int]
    timeoutMs: NotRequired[int]
    graceMs: NotRequired[int]
    startWithinMs: NotRequired[int]
    inputs: NotRequired[list[ScheduleCommandInputsEntry]]
    outputs: NotRequired[list[str]]
    retry: NotRequired[CommandRetryRead]
    labels: NotRequired[dict[str, str]]
    tags: NotRequired[list[str]]
    webhookUrl: NotRequired[str]


class CommandRequirementsRead(TypedDict):
    provider: NotRequired[str]
    image: NotRequired[str]
    cpuCores: NotRequired[float]
    memoryBytes: NotRequired[int]
    diskBytes: NotRequired[int]
    gpuCount: NotRequired[int]
    networkMode: NotRequired[str]
    labels: NotRequired[dict[str, str]]


class ScheduleCommandInputsEntry(TypedDict):
    objectKey: str
    path: str


class CommandRetryRead(TypedDict):
    maxAttempts: NotRequired[int]
    backoff: NotRequired[CommandRetryReadBackoff]
    on: NotRequired[Literal["lost", "failure"]]


class CommandRetryReadBackoff(TypedDict):
    firstMs: int
    maxMs: int


class CreateScheduleBodyTask(TypedDict):
    name: str
    cron: str
    timeZone: NotRequired[str]
    missed: NotRequired[Literal["skip", "once", "all"]]
    enabled: NotRequired[bool]
    type: str
    data: NotRequired[Any]
    totalItems: NotRequired[int]
    priority: NotRequired[int]
    maxAttempts: NotRequired[int]
    backoff: NotRequired[Backoff]
    timeout: NotRequired[int | None]
    dedupeKey: NotRequired[str]
    concurrencyKey: NotRequired[str]
    webhookUrl: NotRequired[str]
    labels: NotRequired[Mapping[str, str]]
    kind: NotRequired[Literal["task"]]


class CreateScheduleBodyCommand(TypedDict):
    name: str
    cron: str
    timeZone: NotRequired[str]
    missed: NotRequired[Literal["skip", "once", "all"]]
    enabled: NotRequired[bool]
    description: NotRequired[str]
    command: str
    arguments: NotRequired[Sequence[str]]
    script: NotRequired[str]
    environment: NotRequired[Mapping[str, str]]
    secrets: NotRequired[Mapping[str, str]]
    workingDirectory: NotRequired[str]
    stdin: NotRequired[str]
    requirements: NotRequired[CommandRequirements]
    priority: NotRequired[int]
    timeoutMs: NotRequired[int]
    graceMs: NotRequired[int]
    startWithinMs: NotRequired[int]
    inputs: NotRequired[Sequence[SubmitCommandBodyInputsEntry]]
    outputs: NotRequired[Sequence[str]]
    retry: NotRequired[CommandRetry]
    labels: NotRequired[Mapping[str, str]]
    tags: NotRequired[Sequence[str]]
    webhookUrl: NotRequired[str]
    kind: Literal["command"]


class DeleteScheduleAnswer(TypedDict):
    scheduleId: str
    deleted: Literal[True]


class TriggerScheduleAnswer(TypedDict):
    scheduleId: str
    jobId: str


class WebhookSecret(TypedDict):
    secret: str
    createdAt: str
    previous: list[WebhookSecretPreviousEntry]


class WebhookSecretPreviousEntry(TypedDict):
    createdAt: str
    expiresAt: str | None


class ListWebhookDeliveriesAnswer(TypedDict):
    deliveries: list[WebhookDelivery]
    nextCursor: str | None


class WebhookDelivery(TypedDict):
    deliveryId: str
    jobId: str | None
    ownerId: str
    url: str
    type: str
    state: Literal["pending", "delivered", "failed", "disabled"]
    attempts: int
    nextAttemptAt: str | None
    createdAt: str
    endedAt: str | None


class GetWebhookDeliveryAnswer(TypedDict):
    delivery: WebhookDelivery
    body: str
    attempts: list[WebhookAttempt]


class WebhookAttempt(TypedDict):
    at: str
    status: int | None
    error: str | None
    body: str | None
    durationMs: int


class TestWebhookBody(TypedDict):
    url: str


class ListDisabledWebhooksAnswer(TypedDict):
    endpoints: list[ListDisabledWebhooksAnswerEndpointsEntry]


class ListDisabledWebhooksAnswerEndpointsEntry(TypedDict):
    url: str
    disabledAt: str


class EnableWebhookAnswer(TypedDict):
    url: str
    enabled: Literal[True]


ListTypeTimesAnswer = TypedDict("ListTypeTimesAnswer", {
    "from": "str",
    "types": "list[ListTypeTimesAnswerTypesEntry]",
    "truncated": "bool",
})


class ListTypeTimesAnswerTypesEntry(TypedDict):
    kind: str
    type: str | None
    ended: int
    failed: int
    waitMs: ListTypeTimesAnswerTypesEntryWaitMs | None
    runMs: ListTypeTimesAnswerTypesEntryWaitMs | None
    hours: list[ListTypeTimesAnswerTypesEntryHoursEntry]


class ListTypeTimesAnswerTypesEntryWaitMs(TypedDict):
    p50: int
    p95: int


class ListTypeTimesAnswerTypesEntryHoursEntry(TypedDict):
    ended: int
    failed: int


class ListJobsAnswer(TypedDict):
    jobs: list[ListedImageSet | ListedTaskJob | ListedCommandJob | ListedProductImage]
    nextCursor: str | None
    total: int
    totalCapped: bool


class ListedImageSet(TypedDict):
    id: str
    kind: Literal["image-set"]
    type: str | None
    ownerId: str
    status: Literal["created", "uploaded", "queued", "running", "done", "failed", "canceled"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    progress: ImageSetProgress
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    jobId: str
    preset: str


class ImageSetProgress(TypedDict):
    done: int
    failed: int
    total: int
    percent: int


class ListedTaskJob(TypedDict):
    id: str
    kind: Literal["task"]
    type: str
    ownerId: str
    status: Literal["pending", "processing", "completed", "failed", "canceled"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    progress: JobProgress
    data: NotRequired[Any]
    totalItems: int | None
    processedItems: int
    errorLog: NotRequired[list[ListedTaskErrorLogEntry]]
    result: NotRequired[Any]
    steps: NotRequired[list[ListedTaskStepsEntry]]
    priority: int
    attempt: int
    maxAttempts: int
    backoff: ListedTaskBackoff
    timeout: int | None
    runAt: str
    completedAt: str | None
    createdById: str
    dedupeKey: str | None
    concurrencyKey: str | None
    dependsOn: list[str]
    waitsFor: list[str]
    onDependencyFailure: Literal["cancel", "run"]
    webhookUrl: str | None
    cancelRequested: bool
    cancelReason: str | None
    scheduleId: str | None
    waitingFor: NotRequired[ListedTaskWaitingFor | None]


class ListedProductImage(TypedDict):
    id: str
    kind: Literal["product-image"]
    type: str | None
    ownerId: str
    status: Literal["NEW", "QUEUED", "SEGMENTING", "BG_GENERATING", "COMPOSITING", "SHOPIFY_PUSH", "DONE", "FAILED"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    progress: JobProgress
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    sku: str
    imageUrl: str
    imageSha256: str
    theme: str
    costUsd: float
    attempt: int
    maxAttempts: int
    tries: int
    errorCode: Literal["DOWNLOAD_FAILED", "HASH_MISMATCH", "INVALID_IMAGE", "PRODUCT_NOT_FOUND", "SEGMENT_FAILED", "BG_GENERATION_FAILED", "COMPOSITE_FAILED", "QUALITY_CHECK_FAILED", "STORAGE_FAILED", "SHOPIFY_PUSH_FAILED", "PROVIDER_TIMEOUT", "PROVIDER_RATE_LIMITED", "TIMEOUT", "COST_LIMIT_EXCEEDED", "UNKNOWN"] | None
    errorMessage: str | None
    completedAt: str | None


class JobStatsAnswer(TypedDict):
    total: NotRequired[int]
    byStatus: NotRequired[dict[str, int]]
    totalCostUsd: NotRequired[float]
    meanCostUsd: NotRequired[float]
    meanDurationSeconds: NotRequired[float]
    failureRate: NotRequired[float]
    today: NotRequired[JobStatsAnswerToday]
    spending: NotRequired[JobStatsAnswerSpending]
    counts: list[JobStatsAnswerCountsEntry]


class JobStatsAnswerToday(TypedDict):
    total: int
    done: int
    failed: int


class JobStatsAnswerSpending(TypedDict):
    todayUsd: float
    dailyLimitUsd: float | None
    pausedUntil: str | None


class JobStatsAnswerCountsEntry(TypedDict):
    kind: str
    status: str
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    count: int
    capped: bool


class ImageSet(TypedDict):
    id: str
    kind: Literal["image-set"]
    type: str | None
    ownerId: str
    status: Literal["created", "uploaded", "queued", "running", "done", "failed", "canceled"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    progress: ImageSetProgress
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    jobId: str
    preset: str
    cancelReason: Literal["requested", "expired"] | None
    purgedAt: str | None
    inputsPurgedAt: str | None
    items: list[ImageSetItemsEntry]


class ImageSetItemsEntry(TypedDict):
    idx: int
    name: str | None
    endedAt: str
    state: Literal["done", "failed"]
    error: str | None
    errorCode: str | None
    confidence: float | None
    outputUrl: str | None
    previewUrl: str | None
    inputPreviewUrl: str | None


class TaskJob(TypedDict):
    id: str
    kind: Literal["task"]
    type: str
    ownerId: str
    status: Literal["pending", "processing", "completed", "failed", "canceled"]
    phase: Literal["waiting", "active", "succeeded", "failed", "canceled"]
    createdAt: str
    updatedAt: str
    startedAt: str | None
    endedAt: str | None
    deadlineAt: str | None
    labels: dict[str, str]
    costMicroUsd: int
    parentId: str | None
    progress: JobProgress
    data: Any
    totalItems: int | None
    processedItems: int
    errorLog: list[ListedTaskErrorLogEntry]
    result: Any
    steps: list[ListedTaskStepsEntry]
    priority: int
    attempt: int
    maxAttempts: int
    backoff: ListedTaskBackoff
    timeout: int | None
    runAt: str
    completedAt: str | None
    createdById: str
    dedupeKey: str | None
    concurrencyKey: str | None
    dependsOn: list[str]
    waitsFor: list[str]
    onDependencyFailure: Literal["cancel", "run"]
    webhookUrl: str | None
    cancelRequested: bool
    cancelReason: str | None
    scheduleId: str | None
    waitingFor: NotRequired[ListedTaskWaitingFor | None]


class ListJobEventsAnswer(TypedDict):
    events: list[ListJobEventsAnswerEventsEntry]
    nextAfter: int | None


class ListJobEventsAnswerEventsEntry(TypedDict):
    sequence: int
    type: str
    status: str | None
    at: str
    actor: str
    correlationId: str
    data: dict[str, Any]


class ListJobSagasAnswer(TypedDict):
    sagas: list[JobSaga]


class JobSaga(TypedDict):
    id: str
    type: str
    status: str
    startedAt: str
    endedAt: str | None
    steps: list[JobSagaStepsEntry]
    failure: JobSagaFailure | None


class JobSagaStepsEntry(TypedDict):
    name: str
    state: Literal["pending", "in_progress", "completed", "failed", "compensating", "compensated"]
    attempts: int
    undoAttempts: int
    startedAt: str | None
    endedAt: str | None
    error: JobSagaStepsEntryError | None


class JobSagaStepsEntryError(TypedDict):
    code: str
    message: str


class JobSagaFailure(TypedDict):
    code: str
    message: str
    step: str


class JobLogsAnswer(TypedDict):
    lines: list[LogLine]
    dropped: list[LogLineRange]
    nextAfter: int | None
    lastLine: int


class LogLine(TypedDict):
    number: int
    at: str
    stream: Literal["out", "err", "log"]
    level: NotRequired[Literal["debug", "info", "warn", "error"]]
    attempt: int
    text: str


LogLineRange = TypedDict("LogLineRange", {
    "from": "int",
    "to": "int",
})


class LoggedLine(TypedDict):
    number: int
    at: str
    stream: Literal["out", "err", "log"]
    level: NotRequired[Literal["debug", "info", "warn", "error"]]
    attempt: int
    text: str
    type: Literal["line"]


DroppedLines = TypedDict("DroppedLines", {
    "from": "int",
    "to": "int",
    "type": "Literal[\"dropped\"]",
})


class LogEnd(TypedDict):
    type: Literal["end"]
    lastLine: int


class JobLogObjectAnswer(TypedDict):
    jobId: str
    storageUri: str
    sizeBytes: int
    entryCount: int
    downloadUrl: str
    expiresAt: str


class GetHistoryAnswer(TypedDict):
    job: GetHistoryAnswerJob
    items: list[GetHistoryAnswerItemsEntry]
    billing: list[GetHistoryAnswerBillingEntry]


class GetHistoryAnswerJob(TypedDict):
    jobId: str
    kind: str
    ownerId: str
    status: str
    itemsTotal: int
    itemsDone: int
    itemsFailed: int
    costEstimate: int
    creditsSpent: int
    createdAt: str
    startedAt: str | None
    endedAt: str
    error: str | None


class GetHistoryAnswerItemsEntry(TypedDict):
    idx: int
    state: Literal["done", "failed", "unfinished"]
    inputKey: str | None
    outputKey: str | None
    previewKey: str | None
    error: str | None
    errorCode: str | None
    confidence: float | None
    recordedAt: str | None


class GetHistoryAnswerBillingEntry(TypedDict):
    sequence: int
    type: Literal["grant", "reserve", "return", "commit", "rollback"]
    amount: int
    at: str


class FeedEvent(TypedDict):
    sequence: int
    type: str
    status: str | None
    at: str
    actor: str
    correlationId: str
    data: dict[str, Any]
    jobId: str
    kind: str
    jobType: NotRequired[str]
    ownerId: NotRequired[str]
    specversion: Literal["1.0"]
    id: str
    source: str
    subject: str
    time: str


class EventsDropped(TypedDict):
    type: Literal["EventsDropped"]
    after: str


class Account(TypedDict):
    userId: str
    plan: Literal["free", "pro"]
    credits: int
    reserved: int
    spent: int
    granted: int
    activeJobs: int
    maxActiveJobs: int
    usedRuleSlots: int
    maxRuleSlots: int
    quotas: NotRequired[AccountQuotas]


class AccountQuotas(TypedDict):
    jobs: dict[str, AccountQuotasJobsValue]
    objectBytes: AccountQuotasJobsValueUnfinished


class AccountQuotasJobsValue(TypedDict):
    unfinished: NotRequired[AccountQuotasJobsValueUnfinished]
    stored: NotRequired[AccountQuotasJobsValueUnfinished]
    bytes: NotRequired[AccountQuotasJobsValueUnfinished]


class AccountQuotasJobsValueUnfinished(TypedDict):
    used: float | None
    limit: float | None


class ListLedgerAnswer(TypedDict):
    entries: list[ListLedgerAnswerEntriesEntry]
    nextAfter: int | None


class ListLedgerAnswerEntriesEntry(TypedDict):
    sequence: int
    type: Literal["grant", "reserve", "return", "commit", "rollback"]
    amount: int
    debit: Literal["granted", "available", "reserved", "spent"]
    credit: Literal["granted", "available", "reserved", "spent"]
    jobId: str | None
    jobKind: str | None
    jobType: str | None
    note: str | None
    at: str


class ShowAccountDaysAnswer(TypedDict):
    days: list[ShowAccountDaysAnswerDaysEntry]


class ShowAccountDaysAnswerDaysEntry(TypedDict):
    date: str
    granted: int
    held: int
    spent: int
    returned: int


class GrantCreditsBody(TypedDict):
    credits: int
    plan: NotRequired[Literal["free", "pro"]]
    note: NotRequired[str]


class ListAccountsAnswer(TypedDict):
    accounts: list[ListAccountsAnswerAccountsEntry]
    nextAfter: str | None


class ListAccountsAnswerAccountsEntry(TypedDict):
    userId: str
    plan: Literal["free", "pro"]
    credits: int
    reserved: int
    spent: int
    granted: int
    activeJobs: int
    maxActiveJobs: int
    usedRuleSlots: int
    maxRuleSlots: int


class ListPlansAnswer(TypedDict):
    plans: list[Plan]


class Plan(TypedDict):
    plan: Literal["free", "pro"]
    limits: PlanLimits
    shipped: PlanLimits
    updatedAt: str | None


class PlanLimits(TypedDict):
    startingCredits: int
    runningJobs: int
    ruleSlots: int
    failedItemsPerHour: int


class PutPlanBody(TypedDict):
    startingCredits: NotRequired[int]
    runningJobs: NotRequired[int]
    ruleSlots: NotRequired[int]
    failedItemsPerHour: NotRequired[int]


class ListAuditAnswer(TypedDict):
    entries: list[ListAuditAnswerEntriesEntry]
    nextCursor: str | None


class ListAuditAnswerEntriesEntry(TypedDict):
    id: str
    at: str
    actor: str
    address: str | None
    credential: str
    action: str
    target: str
    details: dict[str, Any]


class ListRulesAnswer(TypedDict):
    rules: list[Rule]


class Rule(TypedDict):
    id: str
    ruleId: str
    name: str
    presetId: str | None
    concepts: dict[str, Concept]
    protect: list[str]
    createdAt: str
    updatedAt: str


class CreateRuleBody(TypedDict):
    name: str
    presetId: NotRequired[str | None]
    concepts: Mapping[str, ConceptInput]
    protect: NotRequired[Sequence[str]]


class UpdateRuleBody(TypedDict):
    name: NotRequired[str]
    presetId: NotRequired[str | None]
    concepts: NotRequired[Mapping[str, ConceptInput]]
    protect: NotRequired[Sequence[str]]


class DeleteRuleAnswer(TypedDict):
    id: str
    ruleId: str
    deleted: Literal[True]


class ListTokensAnswer(TypedDict):
    tokens: list[Token]
    nextCursor: str | None


class Token(TypedDict):
    tokenId: str
    userId: str
    roles: list[Literal["user", "operator", "admin"]]
    name: str
    createdAt: str
    expiresAt: str | None
    revokedAt: str | None
    lastUsedAt: str | None


class CreateTokenBody(TypedDict):
    name: str
    userId: NotRequired[str]
    roles: NotRequired[Sequence[Literal["user", "operator", "admin"]]]
    expiresInDays: NotRequired[int | None]


class CreateTokenAnswer(TypedDict):
    tokenId: str
    userId: str
    roles: list[Literal["user", "operator", "admin"]]
    name: str
    createdAt: str
    expiresAt: str | None
    revokedAt: str | None
    lastUsedAt: str | None
    key: str


class RevokeTokensAnswer(TypedDict):
    revoked: int


class RevokeTokenAnswer(TypedDict):
    tokenId: str
    revoked: Literal[True]


class ShowSetupAnswer(TypedDict):
    needed: bool
    tokenNeeded: bool


class SetUpBody(TypedDict):
    userId: NotRequired[str]
    email: NotRequired[str]
    name: NotRequired[str]
    password: str
    setupToken: NotRequired[str]


class Login(TypedDict):
    token: str
    expiresAt: str
    user: LoginUser


class LoginUser(TypedDict):
    userId: str
    email: str | None
    name: str | None
    roles: list[Literal["user", "operator", "admin"]]


class LogInBody(TypedDict):
    userId: NotRequired[str]
    email: NotRequired[str]
    password: str


class LogOutAnswer(TypedDict):
    loggedOut: Literal[True]


class ShowSessionAnswer(TypedDict):
    userId: str
    email: str | None
    name: str | None
    roles: list[Literal["user", "operator", "admin"]]
    hasPassword: bool


class ChangePasswordBody(TypedDict):
    current: str
    next: str
    keepTokens: NotRequired[bool]


class ListUsersAnswer(TypedDict):
    users: list[User]
    nextAfter: str | None


class User(TypedDict):
    userId: str
    email: str | None
    name: str | None
    roles: list[Literal["user", "operator", "admin"]]
    disabled: bool
    createdAt: str
    updatedAt: str


class CreateUserBody(TypedDict):
    userId: NotRequired[str]
    email: NotRequired[str]
    name: NotRequired[str]
    password: str
    roles: NotRequired[Sequence[Literal["user", "operator", "admin"]]]


class UpdateUserBody(TypedDict):
    email: NotRequired[str | None]
    name: NotRequired[str | None]
    roles: NotRequired[Sequence[Literal["user", "operator", "admin"]]]
    disabled: NotRequired[bool]
    password: NotRequired[str]


class DeleteUserAnswer(TypedDict):
    userId: str
    deleted: Literal[True]
    schedulesSwitchedOff: int


class SignUpAnonymouslyAnswer(TypedDict):
    userId: str
    token: str
    expiresAt: str
    user: SignUpAnonymouslyAnswerUser


class SignUpAnonymouslyAnswerUser(TypedDict):
    userId: str
    roles: list[Literal["user", "operator", "admin"]]


class ListSettingsAnswer(TypedDict):
    settings: list[ListSettingsAnswerSettingsEntry]


class ListSettingsAnswerSettingsEntry(TypedDict):
    name: str
    flag: str | None
    group: str
    about: str
    secret: bool
    isSet: bool
    value: str | None
    origin: Literal["program", "flag", "environment", "file", "default", "unset"]


class ShowOutboxAnswer(TypedDict):
    messages: int


class ShowConsoleAnswer(TypedDict):
    version: str
    user: ShowSessionAnswer | None
    devMode: bool
    publicUrl: str
    kinds: list[str]
    features: list[str]
    maxUploadBytes: int


class LogInAsDeveloperBody(TypedDict):
    userId: str


class TakeTasksBody(TypedDict):
    workerId: str
    types: Sequence[str]
    limit: int
    leaseMs: NotRequired[int]
    inputSchemas: NotRequired[Mapping[str, Any]]
    waitMs: NotRequired[int]


class TakeTasksAnswer(TypedDict):
    tasks: list[TakenJob]
    now: str


class TakenJob(TypedDict):
    leaseId: str
    id: str
    type: str
    data: Any
    attempt: int
    maxAttempts: int
    createdAt: str
    createdById: str
    totalItems: int | None
    leasedUntil: str
    timeoutAt: str | None
    traceparent: str | None
    steps: NotRequired[list[TakenJobStepsEntry]]


class TakenJobStepsEntry(TypedDict):
    name: str
    result: Any


class ReportTasksBody(TypedDict):
    workerId: str
    reports: Sequence[WorkReport]


class WorkReportComplete(TypedDict):
    leaseId: str
    type: Literal["complete"]
    result: NotRequired[Any]


class WorkReportFail(TypedDict):
    leaseId: str
    type: Literal["fail"]
    message: str
    code: NotRequired[str]
    stack: NotRequired[str]
    retry: NotRequired[bool]
    retryAfterMs: NotRequired[int | None]


class WorkReportRelease(TypedDict):
    leaseId: str
    type: Literal["release"]


class WorkReportSuspend(TypedDict):
    leaseId: str
    type: Literal["suspend"]
    waitsFor: NotRequired[Sequence[str]]
    delayMs: NotRequired[int]


class WorkReportProgress(TypedDict):
    leaseId: str
    type: Literal["progress"]
    number: NotRequired[int]
    processed: int
    total: NotRequired[int | None]


class WorkReportError(TypedDict):
    leaseId: str
    type: Literal["error"]
    number: NotRequired[int]
    item: NotRequired[str | None]
    message: str
    code: NotRequired[str]
    stack: NotRequired[str]


class WorkReportCost(TypedDict):
    leaseId: str
    type: Literal["cost"]
    number: NotRequired[int]
    microUsd: int


class WorkReportStep(TypedDict):
    leaseId: str
    type: Literal["step"]
    name: str
    result: NotRequired[Any]
    tookMs: NotRequired[int]


class WorkReportLog(TypedDict):
    leaseId: str
    type: Literal["log"]
    firstLine: NotRequired[int]
    lines: Sequence[WorkReportLogLinesEntry]


class WorkReportLogLinesEntry(TypedDict):
    at: str
    level: Literal["debug", "info", "warn", "error"]
    message: str


class ReportTasksAnswer(TypedDict):
    outcomes: list[ReportTasksAnswerOutcomesEntry]


class ReportTasksAnswerOutcomesEntry(TypedDict):
    ok: bool
    status: NotRequired[str]
    cancelRequested: NotRequired[bool]
    error: NotRequired[RecordItemResultsAnswerOutcomesEntryError]


class HeartbeatTasksBody(TypedDict):
    workerId: str
    leaseIds: Sequence[str]
    leaseMs: NotRequired[int]
    types: NotRequired[Sequence[str]]
    stopping: NotRequired[bool]


class HeartbeatTasksAnswer(TypedDict):
    leases: list[HeartbeatTasksAnswerLeasesEntry]


class HeartbeatTasksAnswerLeasesEntry(TypedDict):
    leaseId: str
    leasedUntil: str | None
    cancelRequested: bool


class StartChildTasksBody(TypedDict):
    workerId: str
    leaseId: str
    tasks: Sequence[NewChild]


class NewChild(TypedDict):
    type: str
    data: NotRequired[Any]
    totalItems: NotRequired[int]
    priority: NotRequired[int]
    maxAttempts: NotRequired[int]
    backoff: NotRequired[Backoff]
    timeout: NotRequired[int | None]
    concurrencyKey: NotRequired[str]
    labels: NotRequired[Mapping[str, str]]
    name: str


class StartChildTasksAnswer(TypedDict):
    children: list[StartChildTasksAnswerChildrenEntry]


class StartChildTasksAnswerChildrenEntry(TypedDict):
    ok: bool
    task: NotRequired[Task]
    error: NotRequired[StartChildTasksAnswerChildrenEntryError]


class StartChildTasksAnswerChildrenEntryError(TypedDict):
    code: Literal["invalid_request", "not_found", "invalid_state", "insufficient_credits", "concurrency_limit", "rate_limit", "rule_limit", "quota_exceeded", "limit_reached", "missing_uploads", "conflict", "idempotency_mismatch", "idempotency_in_progress", "unauthenticated", "forbidden", "lease_lost", "unavailable", "internal"]
    message: str
    fields: NotRequired[dict[str, str]]


class ExchangeTasksBody(TypedDict):
    workerId: str
    done: NotRequired[Sequence[WorkEntry]]
    take: NotRequired[int]
    types: NotRequired[Sequence[str]]
    leaseMs: NotRequired[int]
    waitMs: NotRequired[int]
    inputSchemas: NotRequired[Mapping[str, Any]]


class ExchangeTasksAnswer(TypedDict):
    refused: list[list[Any]]
    calledOff: list[str]
    tasks: list[ExchangedJob]
    now: str
    leasedUntil: str | None


class ExchangedJob(TypedDict):
    id: str
    type: str
    data: Any
    attempt: int
    maxAttempts: int
    createdAt: str
    steps: NotRequired[list[TakenJobStepsEntry]]
    token: int
    createdById: str
    totalItems: NotRequired[int]
    leasedUntil: NotRequired[str]
    timeoutAt: NotRequired[str]
    traceparent: NotRequired[str]


class ListWorkersAnswer(TypedDict):
    workers: list[Worker]
    complete: bool
    nextCursor: str | None


class Worker(TypedDict):
    id: str
    types: list[str]
    holds: WorkerHolds
    since: str
    heardAt: str


class WorkerHolds(TypedDict):
    count: int
    jobs: list[WorkerHoldsJobsEntry]


class WorkerHoldsJobsEntry(TypedDict):
    id: str
    type: str
    since: str


class ListFleetWorkersAnswer(TypedDict):
    workers: list[FleetWorker]
    nextCursor: str | None


class FleetWorker(TypedDict):
    id: str
    state: Literal["CREATING", "CONNECTING", "READY", "BUSY", "DRAINING", "TERMINATED"]
    providerId: str
    providerType: str
    resourceId: str | None
    jobId: str | None
    madeFor: str | None
    jobsDone: int
    agentVersion: str | None
    endReason: str | None
    createdAt: str
    registeredAt: str | None
    lastHeartbeatAt: str | None
    updatedAt: str
    endedAt: str | None


class DrainWorkerBody(TypedDict):
    reason: NotRequired[str]


class DrainWorkerAnswer(TypedDict):
    id: str
    draining: Literal[True]


class FleetMetricsAnswer(TypedDict):
    at: str
    jobs: dict[str, int]
    workers: dict[str, int]
    providers: list[FleetMetricsAnswerProvidersEntry]


class FleetMetricsAnswerProvidersEntry(TypedDict):
    id: str
    name: str
    status: str
    healthy: bool | None
    activeWorkers: int
    maxWorkers: int


class ListProvidersAnswer(TypedDict):
    providers: list[Provider]


class Provider(TypedDict):
    id: str
    name: str
    type: str
    config: dict[str, Any]
    status: Literal["ACTIVE", "DISABLED", "MAINTENANCE"]
    priority: int
    maxWorkers: int
    activeWorkers: int
    pool: ProviderPool
    spareWorkers: int
    labels: dict[str, str]
    capabilities: ProviderCapabilities | None
    health: ProviderHealth | None
    createdAt: str
    updatedAt: str


class ProviderPool(TypedDict):
    size: int
    idleMs: int
    jobsPerWorker: int
    shared: bool


class ProviderCapabilities(TypedDict):
    images: bool
    limits: bool
    gpu: bool
    networkModes: list[str]


class ProviderHealth(TypedDict):
    healthy: bool
    message: str
    latencyMs: float
    at: str


class RegisterProviderBody(TypedDict):
    name: str
    type: str
    config: NotRequired[Mapping[str, Any]]
    status: NotRequired[Literal["ACTIVE", "DISABLED", "MAINTENANCE"]]
    priority: NotRequired[int]
    maxWorkers: NotRequired[int]
    pool: NotRequired[RegisterProviderBodyPool]
    labels: NotRequired[Mapping[str, str]]


class RegisterProviderBodyPool(TypedDict):
    size: NotRequired[int]
    idleMs: NotRequired[int]
    jobsPerWorker: NotRequired[int]
    shared: NotRequired[bool]


class UpdateProviderBody(TypedDict):
    name: NotRequired[str]
    config: NotRequired[Mapping[str, Any]]
    status: NotRequired[Literal["ACTIVE", "DISABLED", "MAINTENANCE"]]
    priority: NotRequired[int]
    maxWorkers: NotRequired[int]
    pool: NotRequired[UpdateProviderBodyPool]
    labels: NotRequired[Mapping[str, str]]


class UpdateProviderBodyPool(TypedDict):
    size: NotRequired[int]
    idleMs: NotRequired[int]
    jobsPerWorker: NotRequired[int]
    shared: NotRequired[bool]


class DeleteProviderAnswer(TypedDict):
    deleted: Literal[True]


class DisableProviderBody(TypedDict):
    reason: NotRequired[str]


class ListSecretsAnswer(TypedDict):
    secrets: list[Secret]


class Secret(TypedDict):
    name: str
    createdBy: str
    createdAt: str
    updatedAt: str


class PutSecretBody(TypedDict):
    value: str


class DeleteSecretAnswer(TypedDict):
    name: str
    deleted: Literal[True]


class PullMessagesBody(TypedDict):
    batch_size: NotRequired[int]
    visibility_timeout_ms: NotRequired[int]
    wait_ms: NotRequired[int]


class PullMessagesAnswer(TypedDict):
    messages: list[PullMessagesAnswerMessagesEntry]


class PullMessagesAnswerMessagesEntry(TypedDict):
    id: str
    lease_id: str
    attempts: int
    body: ImageSetMessage


class ImageSetMessage(TypedDict):
    job_id: str
    user_id: str
    preset: str
    concepts: dict[str, Concept]
    protect: list[str]
    force: bool
    output: Output
    items: list[ImageSetMessageItemsEntry]
    callback_url: str
    callbacks_url: NotRequired[str]
    idempotency_prefix: str
    batch_concurrency: int
    rule_id: NotRequired[str]
    output_template: NotRequired[str]


class Output(TypedDict):
    format: Literal["png", "webp", "jpeg"]
    background: NotRequired[str]
    quality: NotRequired[int]


class ImageSetMessageItemsEntry(TypedDict):
    idx: int
    input_key: str
    input_url: str
    output_key: str
    output_url: str
    preview_key: str
    preview_url: str
    input_preview_key: NotRequired[str]
    input_preview_url: NotRequired[str]


class AcknowledgeMessagesBody(TypedDict):
    acks: NotRequired[Sequence[AcknowledgeMessagesBodyAcksEntry]]
    retries: NotRequired[Sequence[AcknowledgeMessagesBodyRetriesEntry]]


class AcknowledgeMessagesBodyAcksEntry(TypedDict):
    lease_id: str


class AcknowledgeMessagesBodyRetriesEntry(TypedDict):
    lease_id: str
    delay_seconds: NotRequired[int]


class AcknowledgeMessagesAnswer(TypedDict):
    acknowledged: int
    retried: int
    refused: list[str]


class ExtendLeaseBody(TypedDict):
    lease_id: str
    visibility_timeout_ms: int


class ExtendLeaseAnswer(TypedDict):
    expires_at: str


class LiveAnswer(TypedDict):
    status: Literal["ok"]


class HealthAnswer(TypedDict):
    status: Literal["ok"]
    version: str
    uptimeSeconds: float
    parts: dict[str, HealthAnswerPartsValue]
    database: HealthAnswerDatabase
    setup: HealthAnswerSetup


class HealthAnswerPartsValue(TypedDict):
    status: Literal["ok", "unavailable"]
    name: NotRequired[str]
    reason: NotRequired[Literal["disk_full", "read_only", "disk_error"]]


class HealthAnswerDatabase(TypedDict):
    initialized: bool


class HealthAnswerSetup(TypedDict):
    needed: bool


Schedule = Union["ScheduleTask", "ScheduleCommand"]


WorkReport = Union["WorkReportComplete", "WorkReportFail", "WorkReportRelease", "WorkReportSuspend", "WorkReportProgress", "WorkReportError", "WorkReportCost", "WorkReportStep", "WorkReportLog"]


WorkEntry = Union["Sequence[Any]"]
