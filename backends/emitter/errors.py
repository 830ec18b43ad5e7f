"""The errors of the emitter."""


class EmitterError(Exception):
    """The root of the emitter's errors."""


class TokenGone(EmitterError, LookupError):
    """The ring no longer holds, or never held, the place a resume token names."""


class InvalidRequest(EmitterError, ValueError):
    """A call asks for something the contract does not allow."""


class UnknownOperation(EmitterError, LookupError):
    """No operation of this id is running, or has ended so lately that it is still kept."""


class OperationEnded(EmitterError):
    """The operation is over: there is nothing left to cancel."""


class BindError(EmitterError, OSError):
    """The server cannot listen on the address it was given."""


class OperationCancelled(EmitterError):
    """Somebody asked for this operation to stop.

    Raised in the working thread, again and again until the work gives in, so code that catches `Exception` around
    a single step cannot lose it. The operation's own `with` block swallows it.

    Attributes:
        operation_id: The id of the operation that was cancelled.
        reason: Why, as given to `Operation.cancel`; may be empty.
    """

    def __init__(self, operation_id: str, reason: str) -> None:
        super().__init__(reason or f"operation {operation_id} was cancelled")
        self.operation_id = operation_id
        self.reason = reason
