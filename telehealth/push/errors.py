"""Refusals of push."""

from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError


class PushOffError(ConflictError):
    """This deployment has no key for it."""

    def __init__(self) -> None:
        super().__init__("push-off")


class EndpointRefusedError(InvalidError):
    """The address is not one of a push service this deployment lets the server call."""

    def __init__(self) -> None:
        super().__init__("push-endpoint-refused", field="endpoint")


class SubscriptionNotFoundError(NotFoundError):
    """No such browser, or another member's."""

    def __init__(self) -> None:
        super().__init__("push-not-found")
