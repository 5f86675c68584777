# Written by npm run docs, from the OpenAPI document.
"""A method for each route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from ..client.calls import Calls, Download

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..client.calls import CallOptions
    from .types import (
        Account,
        AcknowledgeMessagesAnswer,
        AcknowledgeMessagesBody,
        BulkTasksAnswer,
        BulkTasksBody,
        CancelCommandBody,
        ChangePasswordBody,
        CommandJob,
        CommandQueueAnswer,
        ConfirmUploadAnswer,
        ConfirmUploadBody,
        CreateCommandUploadsAnswer,
        CreateCommandUploadsBody,
        CreateImageSetAnswer,
        CreateImageSetBody,
        CreateImageSetBodyExecute,
        CreateProductImageAnswer,
        CreateProductImageBody,
        CreateRuleBody,
        CreateScheduleBodyCommand,
        CreateScheduleBodyTask,
        CreateTokenAnswer,
        CreateTokenBody,
        CreateUserBody,
        DeleteProviderAnswer,
        DeleteRuleAnswer,
        DeleteScheduleAnswer,
        DeleteSecretAnswer,
        DeleteThemeAnswer,
        DeleteUserAnswer,
        DisableProviderBody,
        DrainWorkerAnswer,
        DrainWorkerBody,
        DroppedLines,
        EnableWebhookAnswer,
        EventsDropped,
        ExchangeTasksAnswer,
        ExchangeTasksBody,
        ExtendLeaseAnswer,
        ExtendLeaseBody,
        FailProductImageBody,
        FeedEvent,
        FleetMetricsAnswer,
        GetHistoryAnswer,
        GetWebhookDeliveryAnswer,
        GrantCreditsBody,
        HealthAnswer,
        HeartbeatTasksAnswer,
        HeartbeatTasksBody,
        ImageSet,
        JobLogObjectAnswer,
        JobLogsAnswer,
        JobStatsAnswer,
        ListAccountsAnswer,
        ListArtifactsAnswer,
        ListAuditAnswer,
        ListCommandsAnswer,
        ListDisabledWebhooksAnswer,
        ListFirstPicturesAnswer,
        ListFleetWorkersAnswer,
        ListInputsAnswer,
        ListJobEventsAnswer,
        ListJobSagasAnswer,
        ListJobsAnswer,
        ListLedgerAnswer,
        ListPlansAnswer,
        ListPresetsAnswer,
        ListProductCoversAnswer,
        ListProductPicturesAnswer,
        ListProvidersAnswer,
        ListQueuedCommandsAnswer,
        ListRulesAnswer,
        ListSchedulesAnswer,
        ListSecretsAnswer,
        ListSettingsAnswer,
        ListTaskRequestsAnswer,
        ListTasksAnswer,
        ListThemesAnswer,
        ListThemesAnswerThemesEntry,
        ListTokensAnswer,
        ListTypeTimesAnswer,
        ListUsersAnswer,
        ListWebhookDeliveriesAnswer,
        ListWorkTypesAnswer,
        ListWorkersAnswer,
        LiveAnswer,
        LogEnd,
        LogInAsDeveloperBody,
        LogInBody,
        LogOutAnswer,
        LoggedLine,
        Login,
        MakeDerivativesAnswer,
        MakeDerivativesBody,
        ObjectUrls,
        Plan,
        Preset,
        PresignProductImageBody,
        ProductImage,
        Provider,
        PruneProductImagesAnswer,
        PruneProductImagesBody,
        PullMessagesAnswer,
        PullMessagesBody,
        PutPlanBody,
        PutSecretBody,
        PutThemeBody,
        PutWorkTypeBody,
        ReceiveImageAnswer,
        ReceiveImageBody,
        RecordItemResultAnswer,
        RecordItemResultBody,
        RecordItemResultsAnswer,
        RecordItemResultsBody,
        RegisterProviderBody,
        RemoveTaskRequestAnswer,
        ReportBackgroundsBody,
        ReportCompositeBody,
        ReportSegmentationBody,
        ReportShopifyBody,
        ReportTasksAnswer,
        ReportTasksBody,
        RevokeTokenAnswer,
        RevokeTokensAnswer,
        Rule,
        Schedule,
        Secret,
        SetUpBody,
        ShowAccountDaysAnswer,
        ShowConsoleAnswer,
        ShowOutboxAnswer,
        ShowSessionAnswer,
        ShowSetupAnswer,
        SignUpAnonymouslyAnswer,
        SignUpAnonymouslyAnswerUser,
        StartChildTasksAnswer,
        StartChildTasksBody,
        StartedProductImage,
        SubmitCommandAnswer,
        SubmitCommandBody,
        SubmitTaskAnswer,
        SubmitTaskBody,
        TakeTasksAnswer,
        TakeTasksBody,
        Task,
        TaskEvent,
        TaskJob,
        TaskLogsAnswer,
        TaskProgressAnswer,
        TaskRequest,
        TaskStatsAnswer,
        TestWebhookBody,
        TriggerScheduleAnswer,
        UpdateProviderBody,
        UpdateRuleBody,
        UpdateUserBody,
        User,
        WebhookDelivery,
        WebhookSecret,
        WholeWorkType,
    )


class Routes(Calls):
    """One method for each route; each returns the answer's `data`, or raises an `ApiError`."""

    def list_presets(
        self,
        **options: Unpack[CallOptions],
    ) -> ListPresetsAnswer:
        """List the presets: `GET /api/presets`."""
        return cast("ListPresetsAnswer", self._call(
            "listPresets",
            {},
            **options,
        ))

    def get_preset(
        self,
        name: str,
        **options: Unpack[CallOptions],
    ) -> Preset:
        """Show a preset: `GET /api/presets/:name`."""
        return cast("Preset", self._call(
            "getPreset",
            {"name": name},
            **options,
        ))

    def create_image_set(
        self,
        body: CreateImageSetBody,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> CreateImageSetAnswer:
        """Create an image set: `POST /api/jobs`.

        Reserves one credit per item and a slot for a running job, or fails and creates nothing. Then PUT each photo
        to its `url`, and confirm the upload. With `inputsFrom` the photos of an earlier set of yours are used, and
        the new set can be executed at once: so you can create several drafts from the same photos.

        The built-in worker takes JPEG, PNG, WebP and AVIF photos of at most 50 MiB and 50 megapixels; larger ones
        fail with `too_large`. Results keep the size of their photo.
        """
        return cast("CreateImageSetAnswer", self._call(
            "createImageSet",
            {},
            body=body,
            idempotency_key=idempotency_key,
            **options,
        ))

    def confirm_upload(
        self,
        id: str,
        body: ConfirmUploadBody | None = None,
        **options: Unpack[CallOptions],
    ) -> ConfirmUploadAnswer:
        """Confirm the upload: `POST /api/jobs/:id/confirm-upload`.

        Sets the final number of photos; credits reserved for photos that were not uploaded are returned at once.
        """
        return cast("ConfirmUploadAnswer", self._call(
            "confirmUpload",
            {"id": id},
            body={} if body is None else body,
            **options,
        ))

    def execute_image_set(
        self,
        id: str,
        body: CreateImageSetBodyExecute | None = None,
        **options: Unpack[CallOptions],
    ) -> ConfirmUploadAnswer:
        """Execute an image set: `POST /api/jobs/:id/execute`.

        Sends the set to a worker. `concepts` and `protect` default to those of the saved rule `ruleId`, or else to
        those of the preset.
        """
        return cast("ConfirmUploadAnswer", self._call(
            "executeImageSet",
            {"id": id},
            body={} if body is None else body,
            **options,
        ))

    def list_inputs(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> ListInputsAnswer:
        """List the photos of an image set: `GET /api/jobs/:id/inputs`.

        All of them, also those without a result, with what their files are called.
        """
        return cast("ListInputsAnswer", self._call(
            "listInputs",
            {"id": id},
            **options,
        ))

    def list_first_pictures(
        self,
        *,
        ids: str,
        first: int | None = None,
        **options: Unpack[CallOptions],
    ) -> ListFirstPicturesAnswer:
        """Show the first pictures of several image sets: `GET /api/image-sets/pictures`.

        For a page of a list: one request for all of its sets. Ids of what you cannot see are left out.
        """
        return cast("ListFirstPicturesAnswer", self._call(
            "listFirstPictures",
            {},
            query={"ids": ids, "first": first},
            **options,
        ))

    def download_results(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Download:
        """Download all results: `GET /api/jobs/:id/results.zip`.

        One ZIP with what was delivered so far, under the names of the photos (`files[].name`) with the ending of
        the result; of several with the same name, the others get a number. If photos failed, `failed.txt` lists
        them with the reason. A link in a page works: the cookie of a login is enough. 400 while there is no result,
        404 once they have been deleted.
        """
        return self._download(
            "downloadResults",
            {"id": id},
            **options,
        )

    def record_item_result(
        self,
        id: str,
        body: RecordItemResultBody,
        **options: Unpack[CallOptions],
    ) -> RecordItemResultAnswer:
        """Report an item: `POST /api/jobs/:id/callback`.

        Sent by the worker when an item is done or has failed: at least once, in any order. A duplicate is answered
        with 200 and the current state. Unknown fields are ignored.
        """
        return cast("RecordItemResultAnswer", self._call(
            "recordItemResult",
            {"id": id},
            body=body,
            **options,
        ))

    def record_item_results(
        self,
        id: str,
        body: RecordItemResultsBody,
        **options: Unpack[CallOptions],
    ) -> RecordItemResultsAnswer:
        """Report several items: `POST /api/jobs/:id/callbacks`.

        Callbacks for items of one set, stored in one step and in their order. Each is validated by itself: one that
        is refused does not spoil the others. May be repeated safely. 409 if the set is not queued or running yet.
        """
        return cast("RecordItemResultsAnswer", self._call(
            "recordItemResults",
            {"id": id},
            body=body,
            **options,
        ))

    def list_tasks(
        self,
        *,
        status: Literal["pending", "processing", "completed", "failed", "canceled"] | None = None,
        type: str | None = None,
        created_from: str | None = None,
        created_before: str | None = None,
        owner: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
        fields: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListTasksAnswer:
        """List tasks: `GET /api/v1/jobs`.

        Your own, newest first. Administrators see everybody's, or those of `owner`.
        """
        return cast("ListTasksAnswer", self._call(
            "listTasks",
            {},
            query={"status": status, "type": type, "createdFrom": created_from, "createdBefore": created_before, "owner": owner, "limit": limit, "offset": offset, "cursor": cursor, "fields": fields},
            **options,
        ))

    def submit_task(
        self,
        body: SubmitTaskBody,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> SubmitTaskAnswer:
        """Submit a task: `POST /api/v1/jobs`.

        The task is stored durably when this returns, and starts when a worker for its type is free.
        """
        return cast("SubmitTaskAnswer", self._call(
            "submitTask",
            {},
            body=body,
            idempotency_key=idempotency_key,
            **options,
        ))

    def get_task(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Task:
        """Show a task: `GET /api/v1/jobs/:id`."""
        return cast("Task", self._call(
            "getTask",
            {"id": id},
            **options,
        ))

    def cancel_task(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Task:
        """Cancel a task: `DELETE /api/v1/jobs/:id`.

        A pending task is canceled at once. If it is processing, its worker is told to stop; it is canceled when the
        handler has stopped, or when the worker loses its lease.
        """
        return cast("Task", self._call(
            "cancelTask",
            {"id": id},
            **options,
        ))

    def task_progress(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> TaskProgressAnswer:
        """Show a task's progress: `GET /api/v1/jobs/:id/progress`.

        Needs no login: the id, which cannot be guessed, is enough.
        """
        return cast("TaskProgressAnswer", self._call(
            "taskProgress",
            {"id": id},
            **options,
        ))

    def task_events(
        self,
        id: str,
        *,
        after: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Iterator[TaskEvent]:
        """Stream the events of a task: `GET /api/v1/jobs/:id/events`.

        Server-Sent Events: every event from the first, or those after `after` or the header Last-Event-ID. Each has
        its number as `id`, its type as `event`, and this as `data`. The stream ends when the task has ended; a
        client that has all events already gets 204 and need not reconnect. At most 100 streams per user.
        """
        return cast("Iterator[TaskEvent]", self._stream(
            "taskEvents",
            {"id": id},
            query={"after": after},
            **options,
        ))

    def bulk_tasks(
        self,
        body: BulkTasksBody,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> BulkTasksAnswer:
        """Bulk actions: `POST /api/v1/jobs/bulk`.

        Creates, cancels, retries or deletes many tasks. Each is handled by itself: if one is refused, the others
        are not affected. `create` takes `jobs`; `cancel`, `retry` and `delete` (only tasks that have ended) take
        `ids`, or a `filter` for the newest 1,000 that match. With an Idempotency-Key, a repeated `create` returns
        the tasks of the first. At most two bulk requests run at once per user.
        """
        return cast("BulkTasksAnswer", self._call(
            "bulkTasks",
            {},
            body=body,
            idempotency_key=idempotency_key,
            **options,
        ))

    def retry_task(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Task:
        """Retry a task: `POST /api/v1/jobs/:id/retry`.

        A task that failed or was canceled becomes pending again. Attempts are counted from zero.
        """
        return cast("Task", self._call(
            "retryTask",
            {"id": id},
            **options,
        ))

    def task_logs(
        self,
        id: str,
        *,
        after: int | None = None,
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> TaskLogsAnswer:
        """Read what its handler logged: `GET /api/v1/jobs/:id/logs`.

        The newest 10,000 lines are kept. Oldest first.
        """
        return cast("TaskLogsAnswer", self._call(
            "taskLogs",
            {"id": id},
            query={"after": after, "limit": limit},
            **options,
        ))

    def task_stats(
        self,
        **options: Unpack[CallOptions],
    ) -> TaskStatsAnswer:
        """Count tasks: `GET /api/v1/stats`.

        Of all users.
        """
        return cast("TaskStatsAnswer", self._call(
            "taskStats",
            {},
            **options,
        ))

    def list_work_types(
        self,
        **options: Unpack[CallOptions],
    ) -> ListWorkTypesAnswer:
        """List type settings: `GET /api/v1/types`.

        Types for which something was set, by name.
        """
        return cast("ListWorkTypesAnswer", self._call(
            "listWorkTypes",
            {},
            **options,
        ))

    def get_work_type(
        self,
        type: str,
        **options: Unpack[CallOptions],
    ) -> WholeWorkType:
        """Show type settings: `GET /api/v1/types/:type`."""
        return cast("WholeWorkType", self._call(
            "getWorkType",
            {"type": type},
            **options,
        ))

    def put_work_type(
        self,
        type: str,
        body: PutWorkTypeBody | None = None,
        **options: Unpack[CallOptions],
    ) -> WholeWorkType:
        """Update type settings: `PUT /api/v1/types/:type`.

        Limits and defaults of a type. Fields that are left out do not change. Limits apply to tasks that start from
        now on, defaults, `searchable` and `inputSchema` to new tasks.
        """
        return cast("WholeWorkType", self._call(
            "putWorkType",
            {"type": type},
            body={} if body is None else body,
            **options,
        ))

    def pause_work_type(
        self,
        type: str,
        **options: Unpack[CallOptions],
    ) -> WholeWorkType:
        """Pause a type: `POST /api/v1/types/:type/pause`.

        No task of the type starts on any server until it is resumed. Running tasks continue.
        """
        return cast("WholeWorkType", self._call(
            "pauseWorkType",
            {"type": type},
            **options,
        ))

    def resume_work_type(
        self,
        type: str,
        **options: Unpack[CallOptions],
    ) -> WholeWorkType:
        """Resume a type: `POST /api/v1/types/:type/resume`."""
        return cast("WholeWorkType", self._call(
            "resumeWorkType",
            {"type": type},
            **options,
        ))

    def list_task_requests(
        self,
        *,
        status: Literal["waiting", "refused"] | None = None,
        after: str | None = None,
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> ListTaskRequestsAnswer:
        """List requests for tasks: `GET /api/v1/requests`.

        Rows of `job_requests` that are no tasks yet: those that were refused, or with `status=waiting` those whose
        turn has not come. Your own; administrators see everybody’s. Refused ones are kept for 7 days. Servers on
        PostgreSQL only.
        """
        return cast("ListTaskRequestsAnswer", self._call(
            "listTaskRequests",
            {},
            query={"status": status, "after": after, "limit": limit},
            **options,
        ))

    def get_task_request(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> TaskRequest:
        """Show a request for a task: `GET /api/v1/requests/:id`.

        Not found: there is none, or it is a task already.
        """
        return cast("TaskRequest", self._call(
            "getTaskRequest",
            {"id": id},
            **options,
        ))

    def retry_task_request(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> TaskRequest:
        """Try a refused request again: `POST /api/v1/requests/:id/retry`."""
        return cast("TaskRequest", self._call(
            "retryTaskRequest",
            {"id": id},
            **options,
        ))

    def remove_task_request(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> RemoveTaskRequestAnswer:
        """Withdraw a request for a task: `DELETE /api/v1/requests/:id`."""
        return cast("RemoveTaskRequestAnswer", self._call(
            "removeTaskRequest",
            {"id": id},
            **options,
        ))

    def submit_command(
        self,
        body: SubmitCommandBody,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> SubmitCommandAnswer:
        """Run a command: `POST /api/commands`.

        The job is stored durably when this returns, and starts when a worker has been started for it. Without
        `arguments` a shell runs the command.
        """
        return cast("SubmitCommandAnswer", self._call(
            "submitCommand",
            {},
            body=body,
            idempotency_key=idempotency_key,
            **options,
        ))

    def list_commands(
        self,
        *,
        state: Literal["PENDING", "ASSIGNED", "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED"] | None = None,
        search: str | None = None,
        offset: int | None = None,
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> ListCommandsAnswer:
        """List command jobs by number: `GET /api/commands`.

        Your own, newest first; an administrator’s list holds everybody’s. A search looks through the newest 10,000.
        """
        return cast("ListCommandsAnswer", self._call(
            "listCommands",
            {},
            query={"state": state, "search": search, "offset": offset, "limit": limit},
            **options,
        ))

    def create_command_uploads(
        self,
        body: CreateCommandUploadsBody,
        **options: Unpack[CallOptions],
    ) -> CreateCommandUploadsAnswer:
        """Upload files for commands: `POST /api/commands/uploads`.

        Answers where to PUT each file, and the object key under which any number of commands can bring it in as one
        of their `inputs`.
        """
        return cast("CreateCommandUploadsAnswer", self._call(
            "createCommandUploads",
            {},
            body=body,
            **options,
        ))

    def command_queue(
        self,
        **options: Unpack[CallOptions],
    ) -> CommandQueueAnswer:
        """Count command jobs by state: `GET /api/commands/queue`.

        Your own, up to 10,000 in each state; an administrator’s answer counts everybody’s.
        """
        return cast("CommandQueueAnswer", self._call(
            "commandQueue",
            {},
            **options,
        ))

    def list_queued_commands(
        self,
        *,
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> ListQueuedCommandsAnswer:
        """List command jobs that wait for a worker: `GET /api/commands/queue/jobs`.

        Your own, an administrator’s list holds everybody’s. First those that may start now, in the order in which
        workers are looked for; owners take turns. Then those that wait for their time or for other jobs.
        """
        return cast("ListQueuedCommandsAnswer", self._call(
            "listQueuedCommands",
            {},
            query={"limit": limit},
            **options,
        ))

    def cancel_command(
        self,
        id: str,
        body: CancelCommandBody | None = None,
        **options: Unpack[CallOptions],
    ) -> CommandJob:
        """Cancel a command job, and say why: `POST /api/commands/:id/cancel`.

        At once, unless its command runs: that gets SIGTERM, and SIGKILL after its grace time. A job that has ended
        is not canceled.
        """
        return cast("CommandJob", self._call(
            "cancelCommand",
            {"id": id},
            body={} if body is None else body,
            **options,
        ))

    def list_artifacts(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> ListArtifactsAnswer:
        """Download what a command left behind: `GET /api/commands/:id/artifacts`.

        The files of the execution that ended the job, with where to GET them. They are kept as results are; those
        of an execution that is followed by another one are deleted.
        """
        return cast("ListArtifactsAnswer", self._call(
            "listArtifacts",
            {"id": id},
            **options,
        ))

    def receive_image(
        self,
        body: ReceiveImageBody,
        *,
        theme: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ReceiveImageAnswer:
        """Announce a product image: `POST /api/webhooks/3jms/images`.

        Called by the supplier, with `x-3jms-signature`, `x-webhook-signature` or `x-signature` (the first of them
        that is there counts): HMAC-SHA256 of the raw body under WEBHOOK_SECRET, in hex of either case, `sha256=`
        before it or not. The same sku, sha256 and theme again answer 200 and the first job, however many arrive at
        once. A sku has at most IMAGE_MAX_PER_SKU images that have not failed. `event`, `takenAt` and all other
        fields are ignored.
        """
        return cast("ReceiveImageAnswer", self._call(
            "receiveImage",
            {},
            query={"theme": theme},
            body=body,
            **options,
        ))

    def create_product_image(
        self,
        body: CreateProductImageBody,
        **options: Unpack[CallOptions],
    ) -> CreateProductImageAnswer:
        """Announce a product image without a webhook: `POST /api/product-images`.

        As the webhook does, for shops whose supplier sends none: one job for each sku, sha256 and theme. Without
        `imageUrl` the photo is uploaded to `upload.putUrl`; where `pipeline` is true, start the job after that. A
        job that has failed without its photo has an `upload`, too: retry it after that.
        """
        return cast("CreateProductImageAnswer", self._call(
            "createProductImage",
            {},
            body=body,
            **options,
        ))

    def start_product_image(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> StartedProductImage:
        """Start a product image: `POST /api/jobs/:id/start`.

        NEW becomes QUEUED, and its time limit begins. Again while it is QUEUED, the answer is the same but for new
        signatures.
        """
        return cast("StartedProductImage", self._call(
            "startProductImage",
            {"id": id},
            **options,
        ))

    def presign_product_image(
        self,
        id: str,
        body: PresignProductImageBody,
        **options: Unpack[CallOptions],
    ) -> ObjectUrls:
        """Get URLs for one of its objects: `POST /api/jobs/:id/presign`.

        Original, mask, cut-out, background, composite or thumbnail. A PUT takes one content type only.
        """
        return cast("ObjectUrls", self._call(
            "presignProductImage",
            {"id": id},
            body=body,
            **options,
        ))

    def report_segmentation(
        self,
        id: str,
        body: ReportSegmentationBody,
        **options: Unpack[CallOptions],
    ) -> ProductImage:
        """Report the mask: `POST /api/jobs/:id/segmentation`.

        SEGMENTING, or QUEUED, becomes BG_GENERATING. A URL is fetched and stored by the server. The same result
        again answers 200 and changes nothing, its cost included; another one, or one out of state, is 409.
        """
        return cast("ProductImage", self._call(
            "reportSegmentation",
            {"id": id},
            body=body,
            **options,
        ))

    def report_backgrounds(
        self,
        id: str,
        body: ReportBackgroundsBody,
        **options: Unpack[CallOptions],
    ) -> ProductImage:
        """Report the backgrounds: `POST /api/jobs/:id/backgrounds`.

        BG_GENERATING becomes COMPOSITING. URLs are fetched and stored by the server. The same result again answers
        200 and changes nothing, its cost included; another one, or one out of state, is 409.
        """
        return cast("ProductImage", self._call(
            "reportBackgrounds",
            {"id": id},
            body=body,
            **options,
        ))

    def report_composite(
        self,
        id: str,
        body: ReportCompositeBody,
        **options: Unpack[CallOptions],
    ) -> ProductImage:
        """Report the composites: `POST /api/jobs/:id/composite`.

        COMPOSITING becomes SHOPIFY_PUSH. The same result again answers 200 and changes nothing, its cost included;
        another one, or one out of state, is 409.
        """
        return cast("ProductImage", self._call(
            "reportComposite",
            {"id": id},
            body=body,
            **options,
        ))

    def report_shopify(
        self,
        id: str,
        body: ReportShopifyBody,
        **options: Unpack[CallOptions],
    ) -> ProductImage:
        """Report the media in Shopify: `POST /api/jobs/:id/shopify`.

        SHOPIFY_PUSH becomes DONE. The same result again answers 200 and changes nothing, its cost included; another
        one, or one out of state, is 409.
        """
        return cast("ProductImage", self._call(
            "reportShopify",
            {"id": id},
            body=body,
            **options,
        ))

    def fail_product_image(
        self,
        id: str,
        body: FailProductImageBody,
        **options: Unpack[CallOptions],
    ) -> ProductImage:
        """Fail a product image: `POST /api/jobs/:id/fail`.

        From any state that is not terminal. It no longer counts for its sku, and can be retried.
        """
        return cast("ProductImage", self._call(
            "failProductImage",
            {"id": id},
            body=body,
            **options,
        ))

    def prune_product_images(
        self,
        body: PruneProductImagesBody,
        **options: Unpack[CallOptions],
    ) -> PruneProductImagesAnswer:
        """Remove old product images: `POST /api/product-images/prune`.

        Jobs that have been DONE or FAILED for so long, with their objects, but for those that other jobs use. At
        most 100 in one request: repeat it while `more` is true.
        """
        return cast("PruneProductImagesAnswer", self._call(
            "pruneProductImages",
            {},
            body=body,
            **options,
        ))

    def list_product_pictures(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> ListProductPicturesAnswer:
        """Show the pictures of a product image: `GET /api/jobs/:id/pictures`.

        All that the job has so far, with URLs to look at them.
        """
        return cast("ListProductPicturesAnswer", self._call(
            "listProductPictures",
            {"id": id},
            **options,
        ))

    def list_product_covers(
        self,
        *,
        ids: str,
        **options: Unpack[CallOptions],
    ) -> ListProductCoversAnswer:
        """Show a picture of each of several product images: `GET /api/product-images/covers`.

        For a page of a list: one request for all of its jobs. Ids of what you cannot see are left out.
        """
        return cast("ListProductCoversAnswer", self._call(
            "listProductCovers",
            {},
            query={"ids": ids},
            **options,
        ))

    def make_derivatives(
        self,
        id: str,
        body: MakeDerivativesBody,
        **options: Unpack[CallOptions],
    ) -> MakeDerivativesAnswer:
        """Make smaller pictures of a product image: `POST /api/jobs/:id/derivatives`.

        Of its composites, or of its cut-out, each width in each format. What is there already is not made again,
        unless its picture has changed. A picture that is narrower than a width keeps its own. The manifest lists
        all derivatives that the job has. At most 200 pictures and 120 megapixels (the squares of the widths) in one
        request, which may take two minutes; what a request that broke off has made is kept.
        """
        return cast("MakeDerivativesAnswer", self._call(
            "makeDerivatives",
            {"id": id},
            body=body,
            **options,
        ))

    def list_themes(
        self,
        **options: Unpack[CallOptions],
    ) -> ListThemesAnswer:
        """List the themes of product images: `GET /api/themes`.

        A theme that is not among them, of an orchestrator of yours for example, looks as `default` does.
        """
        return cast("ListThemesAnswer", self._call(
            "listThemes",
            {},
            **options,
        ))

    def put_theme(
        self,
        theme: str,
        body: PutThemeBody,
        **options: Unpack[CallOptions],
    ) -> ListThemesAnswerThemesEntry:
        """Store a theme of product images: `PUT /api/themes/:theme`.

        Makes it, or replaces all of it; what is left out is as in the theme `default` that ships. It goes before
        one of the same name that ships or is of THEMES_FILE. Steps of the pipeline that begin from now on use it,
        on every server within two seconds. At most 100.
        """
        return cast("ListThemesAnswerThemesEntry", self._call(
            "putTheme",
            {"theme": theme},
            body=body,
            **options,
        ))

    def delete_theme(
        self,
        theme: str,
        **options: Unpack[CallOptions],
    ) -> DeleteThemeAnswer:
        """Delete a stored theme: `DELETE /api/themes/:theme`.

        One of the same name that ships or is of THEMES_FILE is there again; without one, `default` is used.
        """
        return cast("DeleteThemeAnswer", self._call(
            "deleteTheme",
            {"theme": theme},
            **options,
        ))

    def preview_theme(
        self,
        theme: str,
        file: bytes,
        *,
        content_type: Literal["image/jpeg", "image/png", "image/webp", "image/avif"],
        aspect: Literal["1x1", "4x5", "16x9"] | None = None,
        variant: int | None = None,
        seed: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Download:
        """Try a theme on a photo: `POST /api/themes/:theme/preview`.

        The body is the photo, at most MAX_UPLOAD_BYTES; the answer is a finished image. All is done on this server
        and costs nothing, in 3 to 10 seconds; no job is made, and nothing is kept. A photo that the quality checks
        refuse is 400, with the reason.
        """
        return self._download(
            "previewTheme",
            {"theme": theme},
            query={"aspect": aspect, "variant": variant, "seed": seed},
            file=(file, content_type),
            **options,
        )

    def list_schedules(
        self,
        *,
        owner: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListSchedulesAnswer:
        """List schedules: `GET /api/v1/schedules`.

        Your own, ordered by name. An administrator gets everybody's, or those of `owner`.
        """
        return cast("ListSchedulesAnswer", self._call(
            "listSchedules",
            {},
            query={"owner": owner, "limit": limit, "cursor": cursor},
            **options,
        ))

    def create_schedule(
        self,
        body: CreateScheduleBodyTask | CreateScheduleBodyCommand,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Schedule:
        """Create a schedule: `POST /api/v1/schedules`.

        Exactly one job is submitted at each tick, however many servers run. When the clocks go forward, a fixed
        time (`30 2 * * *`) that does not exist ticks at the first moment after the gap, and a repeating one (`*/10
        * * * *`) skips it; when they go back, a fixed time ticks once, the first time, and a repeating one
        continues through both hours. 409 if you already have 1,000 schedules.
        """
        return cast("Schedule", self._call(
            "createSchedule",
            {},
            body=body,
            idempotency_key=idempotency_key,
            **options,
        ))

    def get_schedule(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Schedule:
        """Show a schedule: `GET /api/v1/schedules/:id`."""
        return cast("Schedule", self._call(
            "getSchedule",
            {"id": id},
            **options,
        ))

    def replace_schedule(
        self,
        id: str,
        body: CreateScheduleBodyTask | CreateScheduleBodyCommand,
        **options: Unpack[CallOptions],
    ) -> Schedule:
        """Replace a schedule: `PUT /api/v1/schedules/:id`.

        If the cron expression or time zone changes, or the schedule is enabled again, it starts anew: ticks missed
        before that are not caught up.
        """
        return cast("Schedule", self._call(
            "replaceSchedule",
            {"id": id},
            body=body,
            **options,
        ))

    def delete_schedule(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> DeleteScheduleAnswer:
        """Delete a schedule: `DELETE /api/v1/schedules/:id`.

        Jobs that it has submitted are kept.
        """
        return cast("DeleteScheduleAnswer", self._call(
            "deleteSchedule",
            {"id": id},
            **options,
        ))

    def trigger_schedule(
        self,
        id: str,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> TriggerScheduleAnswer:
        """Submit a schedule’s job now: `POST /api/v1/schedules/:id/trigger`.

        In addition to its regular ticks. Also works while the schedule is disabled.
        """
        return cast("TriggerScheduleAnswer", self._call(
            "triggerSchedule",
            {"id": id},
            idempotency_key=idempotency_key,
            **options,
        ))

    def get_webhook_secret(
        self,
        **options: Unpack[CallOptions],
    ) -> WebhookSecret:
        """Show your signing secret: `GET /api/v1/webhooks/secret`.

        One secret signs the webhooks of all your jobs. It is created when it is first needed.
        """
        return cast("WebhookSecret", self._call(
            "getWebhookSecret",
            {},
            **options,
        ))

    def rotate_webhook_secret(
        self,
        **options: Unpack[CallOptions],
    ) -> WebhookSecret:
        """Rotate your signing secret: `POST /api/v1/webhooks/secret/rotate`.

        The previous secret also signs for 24 hours, so that receivers can be updated one after another.
        """
        return cast("WebhookSecret", self._call(
            "rotateWebhookSecret",
            {},
            **options,
        ))

    def list_webhook_deliveries(
        self,
        *,
        job_id: str | None = None,
        state: Literal["pending", "delivered", "failed", "disabled"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListWebhookDeliveriesAnswer:
        """List webhook deliveries: `GET /api/v1/webhooks/deliveries`.

        Your own, newest first; administrators see everybody’s. A delivery is attempted eight times in about a day:
        at once, then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h after the previous attempt, or as `Retry-After`
        asks.
        """
        return cast("ListWebhookDeliveriesAnswer", self._call(
            "listWebhookDeliveries",
            {},
            query={"jobId": job_id, "state": state, "limit": limit, "cursor": cursor},
            **options,
        ))

    def get_webhook_delivery(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> GetWebhookDeliveryAnswer:
        """Show a webhook delivery: `GET /api/v1/webhooks/deliveries/:id`."""
        return cast("GetWebhookDeliveryAnswer", self._call(
            "getWebhookDelivery",
            {"id": id},
            **options,
        ))

    def replay_webhook_delivery(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> WebhookDelivery:
        """Replay a webhook delivery: `POST /api/v1/webhooks/deliveries/:id/replay`.

        Sends a finished delivery again, with the same id and body and a new set of attempts.
        """
        return cast("WebhookDelivery", self._call(
            "replayWebhookDelivery",
            {"id": id},
            **options,
        ))

    def test_webhook(
        self,
        body: TestWebhookBody,
        **options: Unpack[CallOptions],
    ) -> WebhookDelivery:
        """Send a test to an endpoint: `POST /api/v1/webhooks/test`.

        Sends `webhook.test`, signed as all others, once: its delivery says what the endpoint answered. Ten in a
        minute. Refused with `details.reasons.url` `private_address` where the server sends nothing to the address.
        """
        return cast("WebhookDelivery", self._call(
            "testWebhook",
            {},
            body=body,
            **options,
        ))

    def list_disabled_webhooks(
        self,
        **options: Unpack[CallOptions],
    ) -> ListDisabledWebhooksAnswer:
        """List disabled endpoints: `GET /api/v1/webhooks/disabled`.

        Your endpoints that answered 410 Gone. Nothing is sent to them until they are enabled.
        """
        return cast("ListDisabledWebhooksAnswer", self._call(
            "listDisabledWebhooks",
            {},
            **options,
        ))

    def enable_webhook(
        self,
        body: TestWebhookBody,
        **options: Unpack[CallOptions],
    ) -> EnableWebhookAnswer:
        """Enable an endpoint: `POST /api/v1/webhooks/enable`.

        Deliveries that were not sent in the meantime can be replayed.
        """
        return cast("EnableWebhookAnswer", self._call(
            "enableWebhook",
            {},
            body=body,
            **options,
        ))

    def list_type_times(
        self,
        *,
        kind: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListTypeTimesAnswer:
        """Show how jobs of each type have fared within a day: `GET /api/jobs/stats/types`.

        How many ended and failed in the last 24 hours, and how long they waited and ran: p50 and p95, right to a
        tenth. Everybody’s, by sums that each server stores every few seconds: what a server that was killed had not
        stored is not in them.
        """
        return cast("ListTypeTimesAnswer", self._call(
            "listTypeTimes",
            {},
            query={"kind": kind},
            **options,
        ))

    def list_jobs(
        self,
        *,
        kind: str | None = None,
        type: str | None = None,
        status: str | None = None,
        phase: Literal["waiting", "active", "succeeded", "failed", "canceled"] | None = None,
        owner: str | None = None,
        label: Sequence[str] | None = None,
        parent: str | None = None,
        created_from: str | None = None,
        created_before: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        offset: int | None = None,
        sku: str | None = None,
        theme: str | None = None,
        fields: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListJobsAnswer:
        """List jobs: `GET /api/jobs`.

        Your own, newest first. An administrator's list holds everybody's, or those of `owner`. What is large is
        left out of rows unless `fields` asks for it.
        """
        return cast("ListJobsAnswer", self._call(
            "listJobs",
            {},
            query={"kind": kind, "type": type, "status": status, "phase": phase, "owner": owner, "label": label, "parent": parent, "createdFrom": created_from, "createdBefore": created_before, "limit": limit, "cursor": cursor, "offset": offset, "sku": sku, "theme": theme, "fields": fields},
            **options,
        ))

    def job_stats(
        self,
        *,
        owner: str | None = None,
        **options: Unpack[CallOptions],
    ) -> JobStatsAnswer:
        """Count jobs: `GET /api/jobs/stats`.

        Your own, by kind and status. An administrator's answer counts everybody's, or those of `owner`.
        """
        return cast("JobStatsAnswer", self._call(
            "jobStats",
            {},
            query={"owner": owner},
            **options,
        ))

    def get_job(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> ImageSet | TaskJob | CommandJob | ProductImage:
        """Show a job: `GET /api/jobs/:id`.

        Of whatever kind: what all jobs have in common, and what its kind says beside.
        """
        return cast("ImageSet | TaskJob | CommandJob | ProductImage", self._call(
            "getJob",
            {"id": id},
            **options,
        ))

    def list_job_events(
        self,
        id: str,
        *,
        after: int | None = None,
        limit: int | None = None,
        tail: int | None = None,
        **options: Unpack[CallOptions],
    ) -> ListJobEventsAnswer:
        """List what happened to a job: `GET /api/jobs/:id/events`.

        The stored events, oldest first. Folding them gives the job.
        """
        return cast("ListJobEventsAnswer", self._call(
            "listJobEvents",
            {"id": id},
            query={"after": after, "limit": limit, "tail": tail},
            **options,
        ))

    def list_job_sagas(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> ListJobSagasAnswer:
        """List what the server does for a job in steps: `GET /api/jobs/:id/sagas`.

        The newest 50 sagas that serve it, newest first, with the times and problems of their steps. None for jobs
        of kinds that need none.
        """
        return cast("ListJobSagasAnswer", self._call(
            "listJobSagas",
            {"id": id},
            **options,
        ))

    def cancel_job(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> ImageSet | TaskJob | CommandJob | ProductImage:
        """Cancel a job: `POST /api/jobs/:id/cancel`.

        At once, unless a worker has it that is told to stop first. What was delivered stays paid; the rest of the
        credits comes back. A job that has ended is not canceled.
        """
        return cast("ImageSet | TaskJob | CommandJob | ProductImage", self._call(
            "cancelJob",
            {"id": id},
            **options,
        ))

    def retry_job(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> ImageSet | TaskJob | CommandJob | ProductImage:
        """Retry a job: `POST /api/jobs/:id/retry`.

        Runs a failed or canceled job again, if its kind supports retries.
        """
        return cast("ImageSet | TaskJob | CommandJob | ProductImage", self._call(
            "retryJob",
            {"id": id},
            **options,
        ))

    def job_logs(
        self,
        id: str,
        *,
        after: int | None = None,
        limit: int | None = None,
        tail: int | None = None,
        stream: Literal["out", "err", "log"] | None = None,
        **options: Unpack[CallOptions],
    ) -> JobLogsAnswer:
        """Read the log of a job: `GET /api/jobs/:id/logs`.

        The log of all attempts, oldest lines first. How many of the newest lines are kept depends on the kind. Not
        on Cloudflare.
        """
        return cast("JobLogsAnswer", self._call(
            "jobLogs",
            {"id": id},
            query={"after": after, "limit": limit, "tail": tail, "stream": stream},
            **options,
        ))

    def follow_job_logs(
        self,
        id: str,
        *,
        after: int | None = None,
        tail: int | None = None,
        stream: Literal["out", "err", "log"] | None = None,
        **options: Unpack[CallOptions],
    ) -> Iterator[LoggedLine | DroppedLines | LogEnd]:
        """Follow the log of a job: `GET /api/jobs/:id/logs/stream`.

        Server-Sent Events: the stored lines, then each new line. The `id` of a `line` event is the line’s number,
        so `EventSource` resumes by itself after a disconnect. `end` follows when the job has ended and all lines
        were sent. If a client reads so slowly that lines are deleted before it gets to them, `dropped` lists their
        numbers, and the stream continues. At most 100 streams per user. Not on Cloudflare.
        """
        return cast("Iterator[LoggedLine | DroppedLines | LogEnd]", self._stream(
            "followJobLogs",
            {"id": id},
            query={"after": after, "tail": tail, "stream": stream},
            **options,
        ))

    def job_log_file(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Download:
        """Download the log of a job: `GET /api/jobs/:id/logs/file`.

        All lines stored when the download begins, as NDJSON: one line each, in the form of the pages. Compressed
        with gzip for clients that accept it. Not on Cloudflare.
        """
        return self._download(
            "jobLogFile",
            {"id": id},
            **options,
        )

    def job_log_object(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> JobLogObjectAnswer:
        """Show where the log of a job is stored: `GET /api/jobs/:id/logs/object`.

        Of a job that has ended. 503 for the moment in which its log is being stored, 400 before its end, 404 where
        nothing was logged, or so little that it has no file of its own. Not on Cloudflare.
        """
        return cast("JobLogObjectAnswer", self._call(
            "jobLogObject",
            {"id": id},
            **options,
        ))

    def get_history(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> GetHistoryAnswer:
        """Show a job's archived history: `GET /api/jobs/:id/history`.

        Written once, when the job ends: the job, its items, and what it cost. 404 until then.
        """
        return cast("GetHistoryAnswer", self._call(
            "getHistory",
            {"id": id},
            **options,
        ))

    def follow_events(
        self,
        *,
        after: str | None = None,
        kind: str | None = None,
        type: str | None = None,
        job: str | None = None,
        label: Sequence[str] | None = None,
        owner: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Iterator[FeedEvent | EventsDropped]:
        """Watch all jobs: `GET /api/events`.

        Server-Sent Events: what happens to any of your jobs, whatever its kind, in the order in which it was
        stored; to everybody's jobs, for an administrator. One stream is enough for a page that shows many jobs. It
        starts with new events; after a disconnect, `EventSource` resumes after the last event that it got, by the
        header Last-Event-ID, and misses nothing. Each has its type as `event` and this as `data`; its `id` says
        where to go on, at this server or another one of the same database. An `id` may come without an event, when
        there was none for you in a while. A stream that is read too slowly ends with `EventsDropped`: come back,
        and nothing is lost. Deleted jobs have no events. At most 100 streams per user. Not on Cloudflare, where
        each job has a store of its own.
        """
        return cast("Iterator[FeedEvent | EventsDropped]", self._stream(
            "followEvents",
            {},
            query={"after": after, "kind": kind, "type": type, "job": job, "label": label, "owner": owner},
            **options,
        ))

    def me(
        self,
        **options: Unpack[CallOptions],
    ) -> Account:
        """Show your account: `GET /api/user/me`."""
        return cast("Account", self._call(
            "me",
            {},
            **options,
        ))

    def show_account(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Account:
        """Show an account: `GET /api/accounts/:id`.

        Your own, or anybody’s for an administrator.
        """
        return cast("Account", self._call(
            "showAccount",
            {"id": id},
            **options,
        ))

    def list_ledger(
        self,
        id: str,
        *,
        after: int | None = None,
        limit: int | None = None,
        order: Literal["asc", "desc"] | None = None,
        job_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListLedgerAnswer:
        """List an account's ledger: `GET /api/accounts/:id/ledger`.

        Every movement of credits, oldest first unless `order` is `desc`. Your own, or anybody’s for an
        administrator.
        """
        return cast("ListLedgerAnswer", self._call(
            "listLedger",
            {"id": id},
            query={"after": after, "limit": limit, "order": order, "jobId": job_id},
            **options,
        ))

    def show_account_days(
        self,
        id: str,
        *,
        days: int | None = None,
        **options: Unpack[CallOptions],
    ) -> ShowAccountDaysAnswer:
        """Show an account's last days: `GET /api/accounts/:id/days`.

        What moved on each of the last days, today included, oldest first; days are in UTC. Your own, or anybody’s
        for an administrator.
        """
        return cast("ShowAccountDaysAnswer", self._call(
            "showAccountDays",
            {"id": id},
            query={"days": days},
            **options,
        ))

    def grant_credits(
        self,
        id: str,
        body: GrantCreditsBody,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Account:
        """Grant credits: `POST /api/accounts/:id/grants`.

        And, with `plan`, moves the account to that plan. Send an Idempotency-Key: a repeat grants nothing more.
        """
        return cast("Account", self._call(
            "grantCredits",
            {"id": id},
            body=body,
            idempotency_key=idempotency_key,
            **options,
        ))

    def list_accounts(
        self,
        *,
        prefix: str | None = None,
        limit: int | None = None,
        after: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListAccountsAnswer:
        """List accounts: `GET /api/accounts`.

        By user id. A user has an account from the first job or grant on.
        """
        return cast("ListAccountsAnswer", self._call(
            "listAccounts",
            {},
            query={"prefix": prefix, "limit": limit, "after": after},
            **options,
        ))

    def list_plans(
        self,
        **options: Unpack[CallOptions],
    ) -> ListPlansAnswer:
        """List plans: `GET /api/plans`.

        What accounts may, by their plan. How much is kept of them is configured (`QUOTA_JOBS`).
        """
        return cast("ListPlansAnswer", self._call(
            "listPlans",
            {},
            **options,
        ))

    def put_plan(
        self,
        plan: str,
        body: PutPlanBody,
        **options: Unpack[CallOptions],
    ) -> Plan:
        """Change a plan: `PUT /api/plans/:plan`.

        Limits that are left out do not change. They hold on every server within two seconds, for what is begun from
        then on; credits for accounts that are opened then.
        """
        return cast("Plan", self._call(
            "putPlan",
            {"plan": plan},
            body=body,
            **options,
        ))

    def list_audit(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        from_: str | None = None,
        before: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListAuditAnswer:
        """List changes by operators and administrators: `GET /api/audit`.

        Newest first: users and their roles and passwords, keys of others, credits and plans, providers, secrets,
        limits of types, schedules, webhooks, and jobs of others that were retried, canceled or deleted. Kept for
        `AUDIT_RETENTION_DAYS`.
        """
        return cast("ListAuditAnswer", self._call(
            "listAudit",
            {},
            query={"actor": actor, "action": action, "target": target, "from": from_, "before": before, "limit": limit, "cursor": cursor},
            **options,
        ))

    def list_rules(
        self,
        **options: Unpack[CallOptions],
    ) -> ListRulesAnswer:
        """List your rules: `GET /api/rules`."""
        return cast("ListRulesAnswer", self._call(
            "listRules",
            {},
            **options,
        ))

    def create_rule(
        self,
        body: CreateRuleBody,
        **options: Unpack[CallOptions],
    ) -> Rule:
        """Create a rule: `POST /api/rules`.

        Takes one of the plan’s rule slots.
        """
        return cast("Rule", self._call(
            "createRule",
            {},
            body=body,
            **options,
        ))

    def get_rule(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Rule:
        """Show a rule: `GET /api/rules/:id`."""
        return cast("Rule", self._call(
            "getRule",
            {"id": id},
            **options,
        ))

    def update_rule(
        self,
        id: str,
        body: UpdateRuleBody | None = None,
        **options: Unpack[CallOptions],
    ) -> Rule:
        """Update a rule: `PUT /api/rules/:id`.

        Fields that are left out do not change. Jobs that were executed with the rule keep its earlier values.
        """
        return cast("Rule", self._call(
            "updateRule",
            {"id": id},
            body={} if body is None else body,
            **options,
        ))

    def delete_rule(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> DeleteRuleAnswer:
        """Delete a rule: `DELETE /api/rules/:id`.

        Frees its slot.
        """
        return cast("DeleteRuleAnswer", self._call(
            "deleteRule",
            {"id": id},
            **options,
        ))

    def list_tokens(
        self,
        *,
        user_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListTokensAnswer:
        """List your API keys: `GET /api/tokens`.

        Live keys first, then revoked and expired ones (the newest 200 of each user), newest first. Administrators
        see everybody’s. Never includes the secret.
        """
        return cast("ListTokensAnswer", self._call(
            "listTokens",
            {},
            query={"userId": user_id, "limit": limit, "cursor": cursor},
            **options,
        ))

    def create_token(
        self,
        body: CreateTokenBody,
        **options: Unpack[CallOptions],
    ) -> CreateTokenAnswer:
        """Create an API key: `POST /api/tokens`.

        The `key` is shown only once; send it as `Authorization: Bearer <key>`. Users create keys for themselves,
        with at most their own roles; administrators create keys for anybody. A key that is created with another API
        key expires no later than that key, and is revoked with it. A key never allows more than its user is allowed
        at the time. 409 when the user has 100 live keys.
        """
        return cast("CreateTokenAnswer", self._call(
            "createToken",
            {},
            body=body,
            **options,
        ))

    def revoke_tokens(
        self,
        *,
        user_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> RevokeTokensAnswer:
        """Revoke all your API keys: `DELETE /api/tokens`.

        Takes effect at once and cannot be undone; includes the key that authenticates this request.
        """
        return cast("RevokeTokensAnswer", self._call(
            "revokeTokens",
            {},
            query={"userId": user_id},
            **options,
        ))

    def revoke_token(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> RevokeTokenAnswer:
        """Revoke an API key: `DELETE /api/tokens/:id`.

        Takes effect at once and cannot be undone. Also revokes the keys that were created with it.
        """
        return cast("RevokeTokenAnswer", self._call(
            "revokeToken",
            {"id": id},
            **options,
        ))

    def show_setup(
        self,
        **options: Unpack[CallOptions],
    ) -> ShowSetupAnswer:
        """Setup status: `GET /api/v1/setup`.

        Reveals no more than a `POST` to the same path.
        """
        return cast("ShowSetupAnswer", self._call(
            "showSetup",
            {},
            **options,
        ))

    def set_up(
        self,
        body: SetUpBody,
        **options: Unpack[CallOptions],
    ) -> Login:
        """Create the first administrator: `POST /api/v1/setup`.

        Creates a user with every role, and logs it in. Works once: 409 as soon as there is an administrator. A
        server that listens on loopback only, without a proxy in front of it, requires no setup token; any other
        does. JSON from the same origin only; 403 more than an hour after the server started, unless `SETUP_TOKEN`
        is set. Also sets the token as the cookie `waybill_session` (HttpOnly, SameSite=Strict), for web pages.
        """
        return cast("Login", self._call(
            "setUp",
            {},
            body=body,
            **options,
        ))

    def set_up_alias(
        self,
        body: SetUpBody,
        **options: Unpack[CallOptions],
    ) -> Login:
        """Create the first administrator (alias): `POST /api/v1/auth/setup`.

        The same as `POST /api/v1/setup`.
        """
        return cast("Login", self._call(
            "setUpAlias",
            {},
            body=body,
            **options,
        ))

    def log_in(
        self,
        body: LogInBody,
        **options: Unpack[CallOptions],
    ) -> Login:
        """Log in: `POST /api/v1/auth/login`.

        With a password; returns a JWT. Also sets the token as the cookie `waybill_session` (HttpOnly,
        SameSite=Strict), for web pages. 401 if the password is wrong, or the user is unknown or disabled. Failed
        attempts in 15 minutes are limited: 10 for a user from one address, 100 for a user from all addresses that
        it has not logged in from before, and 50 from one address. Then 429 with `Retry-After`. JSON only, from
        pages of the server or of `ALLOWED_ORIGINS`.
        """
        return cast("Login", self._call(
            "logIn",
            {},
            body=body,
            **options,
        ))

    def log_out(
        self,
        **options: Unpack[CallOptions],
    ) -> LogOutAnswer:
        """Log out: `POST /api/v1/auth/logout`.

        Ends the token of this request, and those that it was refreshed to, at once and on every server. Works for
        JWTs of other issuers, too; 409 for an API key, which is revoked instead. Clears the cookie.
        """
        return cast("LogOutAnswer", self._call(
            "logOut",
            {},
            **options,
        ))

    def log_out_everywhere(
        self,
        **options: Unpack[CallOptions],
    ) -> LogOutAnswer:
        """Log out everywhere: `POST /api/v1/auth/logout-everywhere`.

        Ends all your logins, this one included, at once and on every server; your API keys stay. 409 for an API
        key, and for users who have no password here. Clears the cookie.
        """
        return cast("LogOutAnswer", self._call(
            "logOutEverywhere",
            {},
            **options,
        ))

    def refresh_login(
        self,
        **options: Unpack[CallOptions],
    ) -> Login:
        """Refresh a login: `POST /api/v1/auth/refresh`.

        Returns a new token for a password login; the old token stays valid until it expires. 401 if the password
        was entered more than 30 days ago; 409 for JWTs of other issuers and for API keys. Also sets the token as
        the cookie `waybill_session` (HttpOnly, SameSite=Strict), for web pages.
        """
        return cast("Login", self._call(
            "refreshLogin",
            {},
            **options,
        ))

    def show_session(
        self,
        **options: Unpack[CallOptions],
    ) -> ShowSessionAnswer:
        """Show the current user: `GET /api/v1/auth/me`."""
        return cast("ShowSessionAnswer", self._call(
            "showSession",
            {},
            **options,
        ))

    def change_password(
        self,
        body: ChangePasswordBody,
        **options: Unpack[CallOptions],
    ) -> Login:
        """Change your password: `POST /api/v1/auth/password`.

        Ends all your logins, including this one, and returns a new one. Also revokes your API keys, unless
        `keepTokens` is true. At most 10 attempts with a wrong `current` in 15 minutes. Also sets the token as the
        cookie `waybill_session` (HttpOnly, SameSite=Strict), for web pages.
        """
        return cast("Login", self._call(
            "changePassword",
            {},
            body=body,
            **options,
        ))

    def list_users(
        self,
        *,
        limit: int | None = None,
        after: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListUsersAnswer:
        """List users: `GET /api/v1/users`.

        Users who log in with a password, by id, ignoring case.
        """
        return cast("ListUsersAnswer", self._call(
            "listUsers",
            {},
            query={"limit": limit, "after": after},
            **options,
        ))

    def create_user(
        self,
        body: CreateUserBody,
        **options: Unpack[CallOptions],
    ) -> User:
        """Create a user: `POST /api/v1/users`.

        Logs in with a password. 409 when the id or the email address is taken, ignoring case. Jobs and an account
        that exist under the id become the new user’s; API keys that were created for the id are revoked.
        """
        return cast("User", self._call(
            "createUser",
            {},
            body=body,
            **options,
        ))

    def update_user(
        self,
        id: str,
        body: UpdateUserBody | None = None,
        **options: Unpack[CallOptions],
    ) -> User:
        """Update a user: `PUT /api/v1/users/:id`.

        Fields that are left out do not change. New roles apply at once, to existing logins and API keys as well.
        Disabling a user, and a new password, end its logins; a new password also revokes its API keys. While a user
        is disabled, its API keys are refused and its schedules are paused. 409 when no enabled user would have the
        role `admin`, or when another user has the email address.
        """
        return cast("User", self._call(
            "updateUser",
            {"id": id},
            body={} if body is None else body,
            **options,
        ))

    def delete_user(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> DeleteUserAnswer:
        """Delete a user: `DELETE /api/v1/users/:id`.

        Ends its logins, revokes its API keys and disables its schedules, at once. Its jobs and its account stay.
        409 when no enabled user would have the role `admin`.
        """
        return cast("DeleteUserAnswer", self._call(
            "deleteUser",
            {"id": id},
            **options,
        ))

    def sign_up_anonymously(
        self,
        **options: Unpack[CallOptions],
    ) -> SignUpAnonymouslyAnswer:
        """Sign up anonymously: `POST /api/auth/anon`.

        For the first start of an app: creates a user id, with an account on the plan `free`, and a token that is
        valid for 30 days. Without the token the account cannot be recovered. 403 unless the server has
        `ANONYMOUS_SIGNUP=true`; 429 after `ANONYMOUS_SIGNUPS_PER_HOUR` sign-ups from one address.
        """
        return cast("SignUpAnonymouslyAnswer", self._call(
            "signUpAnonymously",
            {},
            **options,
        ))

    def list_settings(
        self,
        **options: Unpack[CallOptions],
    ) -> ListSettingsAnswer:
        """List the settings of the server: `GET /api/settings`.

        Every option with its value and where that comes from. Secrets are shown as set or not set.
        """
        return cast("ListSettingsAnswer", self._call(
            "listSettings",
            {},
            **options,
        ))

    def show_outbox(
        self,
        **options: Unpack[CallOptions],
    ) -> ShowOutboxAnswer:
        """Show what waits to be sent: `GET /api/outbox`.

        Everything that a change sends to the outside is stored with it, and sent soon after. A number that grows
        means that something outside does not answer.
        """
        return cast("ShowOutboxAnswer", self._call(
            "showOutbox",
            {},
            **options,
        ))

    def show_console(
        self,
        **options: Unpack[CallOptions],
    ) -> ShowConsoleAnswer:
        """What the console shows: `GET /api/console`.

        What this server is and has, for the pages that it serves.
        """
        return cast("ShowConsoleAnswer", self._call(
            "showConsole",
            {},
            **options,
        ))

    def log_in_as_developer(
        self,
        body: LogInAsDeveloperBody,
        **options: Unpack[CallOptions],
    ) -> SignUpAnonymouslyAnswerUser:
        """Log in to a server in development mode: `POST /api/v1/auth/developer`.

        As any user, without a password: sets the cookie `waybill_session`, for pages. A server that is not in
        development mode has no such route. JSON from the same origin only.
        """
        return cast("SignUpAnonymouslyAnswerUser", self._call(
            "logInAsDeveloper",
            {},
            body=body,
            **options,
        ))

    def take_tasks(
        self,
        body: TakeTasksBody,
        **options: Unpack[CallOptions],
    ) -> TakeTasksAnswer:
        """Claim tasks: `POST /api/v1/workers/take`.

        Each task is leased to you: renew the lease while you work, and report the outcome. Higher priorities come
        first, then older tasks. Returns fewer than `limit` if the tasks are large (1 MiB in total).
        """
        return cast("TakeTasksAnswer", self._call(
            "takeTasks",
            {},
            body=body,
            **options,
        ))

    def report_tasks(
        self,
        body: ReportTasksBody,
        **options: Unpack[CallOptions],
    ) -> ReportTasksAnswer:
        """Report on tasks: `POST /api/v1/workers/report`.

        Each report is validated and stored by itself; reports on one task are stored in order. A worker that lost
        the lease gets `lease_lost`, and its report is not stored. The end of an attempt, and reports with a number,
        may be repeated safely, and so may log lines that have one.
        """
        return cast("ReportTasksAnswer", self._call(
            "reportTasks",
            {},
            body=body,
            **options,
        ))

    def heartbeat_tasks(
        self,
        body: HeartbeatTasksBody,
        **options: Unpack[CallOptions],
    ) -> HeartbeatTasksAnswer:
        """Renew leases: `POST /api/v1/workers/heartbeat`.

        Send it every third of the lease duration, so that one or two may get lost.
        """
        return cast("HeartbeatTasksAnswer", self._call(
            "heartbeatTasks",
            {},
            body=body,
            **options,
        ))

    def start_child_tasks(
        self,
        body: StartChildTasksBody,
        **options: Unpack[CallOptions],
    ) -> StartChildTasksAnswer:
        """Start child tasks: `POST /api/v1/workers/children`.

        Starts tasks that are parts of one you hold, in the name of its owner, or finds those that were started
        under the same names before. One that failed or was canceled is retried if its parent was retried since. To
        wait for them, report `suspend`. At most 1000 for a task, 10 levels deep.
        """
        return cast("StartChildTasksAnswer", self._call(
            "startChildTasks",
            {},
            body=body,
            **options,
        ))

    def exchange_tasks(
        self,
        body: ExchangeTasksBody,
        **options: Unpack[CallOptions],
    ) -> ExchangeTasksAnswer:
        """Report on tasks and claim more: `POST /api/v1/workers/exchange`.

        Does in one request what `report` and `take` do, by the same rules: everything in `done` is stored first,
        then up to `take` tasks are claimed. What went well is not answered. If you get no answer, send `done`
        again: what was stored is not stored twice. Set `waitMs` only without `done`, so that you hear at once what
        became of it.
        """
        return cast("ExchangeTasksAnswer", self._call(
            "exchangeTasks",
            {},
            body=body,
            **options,
        ))

    def list_workers(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListWorkersAnswer:
        """List workers: `GET /api/v1/workers`.

        Of all servers, by id. A worker that announces its stop disappears at once, one that sends no heartbeats
        after ten minutes; its jobs go to other workers when their leases expire. At most 10,000.
        """
        return cast("ListWorkersAnswer", self._call(
            "listWorkers",
            {},
            query={"limit": limit, "cursor": cursor},
            **options,
        ))

    def list_fleet_workers(
        self,
        *,
        state: Literal["CREATING", "CONNECTING", "READY", "BUSY", "DRAINING", "TERMINATED"] | None = None,
        ended: bool | None = None,
        provider: str | None = None,
        job: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> ListFleetWorkersAnswer:
        """List the workers of providers: `GET /api/fleet/workers`.

        Newest first, those that have ended included.
        """
        return cast("ListFleetWorkersAnswer", self._call(
            "listFleetWorkers",
            {},
            query={"state": state, "ended": ended, "provider": provider, "job": job, "limit": limit, "cursor": cursor},
            **options,
        ))

    def drain_worker(
        self,
        id: str,
        body: DrainWorkerBody | None = None,
        **options: Unpack[CallOptions],
    ) -> DrainWorkerAnswer:
        """End a worker: `POST /api/fleet/workers/:id/drain`.

        It gets no more jobs and is ended. The job that it runs goes to another worker or fails, as its retry policy
        says.
        """
        return cast("DrainWorkerAnswer", self._call(
            "drainWorker",
            {"id": id},
            body={} if body is None else body,
            **options,
        ))

    def fleet_metrics(
        self,
        **options: Unpack[CallOptions],
    ) -> FleetMetricsAnswer:
        """Measure command jobs, workers and providers: `GET /api/fleet/metrics`.

        Over the jobs of all operators, at most a second old. Prometheus reads `/metrics`.
        """
        return cast("FleetMetricsAnswer", self._call(
            "fleetMetrics",
            {},
            **options,
        ))

    def list_providers(
        self,
        **options: Unpack[CallOptions],
    ) -> ListProvidersAnswer:
        """List providers: `GET /api/providers`.

        By name, at most 1,000.
        """
        return cast("ListProvidersAnswer", self._call(
            "listProviders",
            {},
            **options,
        ))

    def register_provider(
        self,
        body: RegisterProviderBody,
        **options: Unpack[CallOptions],
    ) -> Provider:
        """Register a provider: `POST /api/providers`.

        The same provider again under its name changes nothing; another one is a conflict.
        """
        return cast("Provider", self._call(
            "registerProvider",
            {},
            body=body,
            **options,
        ))

    def get_provider(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Provider:
        """Show a provider: `GET /api/providers/:id`."""
        return cast("Provider", self._call(
            "getProvider",
            {"id": id},
            **options,
        ))

    def update_provider(
        self,
        id: str,
        body: UpdateProviderBody | None = None,
        **options: Unpack[CallOptions],
    ) -> Provider:
        """Update a provider: `PATCH /api/providers/:id`.

        Fields that are left out do not change; `config` is replaced as a whole. Workers that have a job stay; idle
        ones of the pool are replaced.
        """
        return cast("Provider", self._call(
            "updateProvider",
            {"id": id},
            body={} if body is None else body,
            **options,
        ))

    def delete_provider(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> DeleteProviderAnswer:
        """Delete a provider: `DELETE /api/providers/:id`.

        409 while it has workers: disable it, and delete it when they have ended.
        """
        return cast("DeleteProviderAnswer", self._call(
            "deleteProvider",
            {"id": id},
            **options,
        ))

    def enable_provider(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Provider:
        """Enable a provider: `POST /api/providers/:id/enable`.

        It takes new jobs.
        """
        return cast("Provider", self._call(
            "enableProvider",
            {"id": id},
            **options,
        ))

    def disable_provider(
        self,
        id: str,
        body: DisableProviderBody | None = None,
        **options: Unpack[CallOptions],
    ) -> Provider:
        """Disable a provider: `POST /api/providers/:id/disable`.

        Its workers end their jobs, and no new ones are started.
        """
        return cast("Provider", self._call(
            "disableProvider",
            {"id": id},
            body={} if body is None else body,
            **options,
        ))

    def test_provider(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Provider:
        """Test a provider: `POST /api/providers/:id/test`.

        Whether workers could be started now: `health` has the outcome.
        """
        return cast("Provider", self._call(
            "testProvider",
            {"id": id},
            **options,
        ))

    def list_secrets(
        self,
        **options: Unpack[CallOptions],
    ) -> ListSecretsAnswer:
        """List secrets: `GET /api/secrets`.

        By name, at most 1,000. Their values are never answered.
        """
        return cast("ListSecretsAnswer", self._call(
            "listSecrets",
            {},
            **options,
        ))

    def put_secret(
        self,
        name: str,
        body: PutSecretBody,
        **options: Unpack[CallOptions],
    ) -> Secret:
        """Store a secret: `PUT /api/secrets/:name`.

        Makes it, or gives it another value, which jobs get that are assigned from now on. It is stored encrypted.
        Operators share their secrets. 409 when there are 1,000 already.
        """
        return cast("Secret", self._call(
            "putSecret",
            {"name": name},
            body=body,
            **options,
        ))

    def delete_secret(
        self,
        name: str,
        **options: Unpack[CallOptions],
    ) -> DeleteSecretAnswer:
        """Delete a secret: `DELETE /api/secrets/:name`.

        Jobs that need it and are not assigned yet fail.
        """
        return cast("DeleteSecretAnswer", self._call(
            "deleteSecret",
            {"name": name},
            **options,
        ))

    def pull_messages(
        self,
        queue: str,
        body: PullMessagesBody | None = None,
        **options: Unpack[CallOptions],
    ) -> PullMessagesAnswer:
        """Pull messages: `POST /api/queues/:queue/messages/pull`.

        Each message is leased to you. Acknowledge it after reporting its items; otherwise it is delivered again.
        """
        return cast("PullMessagesAnswer", self._call(
            "pullMessages",
            {"queue": queue},
            body={} if body is None else body,
            **options,
        ))

    def acknowledge_messages(
        self,
        queue: str,
        body: AcknowledgeMessagesBody | None = None,
        **options: Unpack[CallOptions],
    ) -> AcknowledgeMessagesAnswer:
        """Acknowledge or release messages: `POST /api/queues/:queue/messages/ack`.

        Acknowledged messages are removed; those under `retries` are delivered again after their delay.
        """
        return cast("AcknowledgeMessagesAnswer", self._call(
            "acknowledgeMessages",
            {"queue": queue},
            body={} if body is None else body,
            **options,
        ))

    def extend_lease(
        self,
        queue: str,
        body: ExtendLeaseBody,
        **options: Unpack[CallOptions],
    ) -> ExtendLeaseAnswer:
        """Extend the lease of a message: `POST /api/queues/:queue/messages/extend`."""
        return cast("ExtendLeaseAnswer", self._call(
            "extendLease",
            {"queue": queue},
            body=body,
            **options,
        ))

    def live(
        self,
        **options: Unpack[CallOptions],
    ) -> LiveAnswer:
        """Liveness: `GET /livez`.

        Checks the process and nothing else: restart it when this does not answer.
        """
        return cast("LiveAnswer", self._call(
            "live",
            {},
            **options,
        ))

    def ready(
        self,
        **options: Unpack[CallOptions],
    ) -> LiveAnswer:
        """Readiness: `GET /readyz`.

        Send no traffic while this answers 503.
        """
        return cast("LiveAnswer", self._call(
            "ready",
            {},
            **options,
        ))

    def health(
        self,
        **options: Unpack[CallOptions],
    ) -> HealthAnswer:
        """Health of the server: `GET /api/health`.

        Includes the state of each part. 503 when a required part does not work; `details` then has the same fields.
        """
        return cast("HealthAnswer", self._call(
            "health",
            {},
            **options,
        ))
