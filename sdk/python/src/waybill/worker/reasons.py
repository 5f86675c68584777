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


class SuspendedError(StopReason):
    """The handler waits for tasks that it has started, or for a time. The attempt goes on then, by running the handler
    again from its start.
    """

    def __init__(self, waits_for: list[str], until: float) -> None:
        super().__init__("The attempt is interrupted, and goes on when what it waits for has come.")
        self.waits_for = waits_for
        #: Seconds since 1970; 0: no time.
        self.until = until
