"""Client and worker of Waybill, a self-hosted job platform. Standard library only."""

from .cancel import Cancelled, CancelToken
from .client.calls import CallOptions, Download
from .client.client import Client
from .client.pages import pages
from .errors import ApiError, is_transient
from .generated.error_codes import ErrorCode
from .tasks.definition import HandledTask, TaskDefinition, define_task
from .tasks.ended import NotAllCreated, TaskCanceled, TaskFailed
from .tasks.job import AsyncTaskContext, ChildOptions, DoNotRetry, RetryAfter, TaskContext, TaskJob
from .tasks.runs import RunOptions, TaskRun
from .tasks.trying import Tried
from .tasks.values import Misfit
from .worker.reasons import CanceledError, LeaseLostError, ShutdownError, StopReason, SuspendedError, TimedOutError
from .worker.stats import WorkerStats
from .worker.work import WorkerFailed
from .worker.worker import Worker

__version__ = "0.1.0"

__all__ = [
    "ApiError", "AsyncTaskContext", "CallOptions", "CancelToken", "CanceledError", "Cancelled", "ChildOptions", "Client",
    "DoNotRetry", "Download", "ErrorCode", "HandledTask", "LeaseLostError", "Misfit", "NotAllCreated",
    "RetryAfter", "RunOptions", "ShutdownError", "StopReason", "SuspendedError", "TaskCanceled", "TaskContext",
    "TaskDefinition", "TaskFailed", "TaskJob", "TaskRun", "TimedOutError", "Tried", "Worker", "WorkerFailed", "WorkerStats",
    "define_task", "is_transient", "pages",
]  # fmt: skip
