"""Refusals of orders."""

from telehealth.kit.errors import NotFoundError


class OrderNotFoundError(NotFoundError):
    """No such order, or not in the actor's scope."""

    def __init__(self) -> None:
        super().__init__("order-not-found")
