"""Why a handler is to stop: the reasons of `ctx.cancelled`."""


class StopReason(Exception):
    """What all of them have in common."""


class CanceledError(StopReason):
    """Somebody canceled the task."""


class TimedOutError(StopReason):
    """The attempt's time is over. It has failed, and may be retried."""


class ShutdownError(StopReason):
    """The worker has to stop now. The task is returned unless the handler still ends."""


class LeaseLostError(StopReason):
    """Another worker has the task, or may have it. What this one says counts no more."""
