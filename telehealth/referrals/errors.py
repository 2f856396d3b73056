"""Refusals of referrals."""

from telehealth.kit.errors import NotFoundError


class ReferralNotFoundError(NotFoundError):
    """No such referral, or not in the actor's scope."""

    def __init__(self) -> None:
        super().__init__("referral-not-found")
