"""What is typed about pools."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from telehealth.duty.rules import PoolPolicy
from telehealth.duty.service import MemberTerms, PoolTerms
from web.forms import ClockTime, EndTime, Form, Tick, minute_of


class PoolForm(Form):
    """The terms of a pool."""

    words: ClassVar[str] = "pools"
    name: Annotated[str, Field(min_length=2, max_length=80)]
    specialty_code: str | None = None
    policy: PoolPolicy
    escalates_to: UUID | None = None
    window_days: Annotated[int, Field(ge=1, le=366)]
    respond_minutes: Annotated[int, Field(ge=1, le=10_080)]
    escalate_seconds: Annotated[int, Field(ge=10, le=3600)]
    lease_seconds: Annotated[int, Field(ge=10, le=3600)]
    covered_from: ClockTime
    covered_until: EndTime
    is_active: Tick = False
    version: int = 0

    @property
    def terms(self) -> PoolTerms:
        """The terms as the service takes them."""
        return PoolTerms(
            name=self.name,
            specialty_code=self.specialty_code,
            policy=self.policy,
            escalates_to=self.escalates_to,
            window_days=self.window_days,
            respond_minutes=self.respond_minutes,
            escalate_seconds=self.escalate_seconds,
            lease_seconds=self.lease_seconds,
            covered_from=minute_of(self.covered_from),
            covered_until=minute_of(self.covered_until),
            is_active=self.is_active,
        )


class MemberForm(Form):
    """A doctor's part in a pool."""

    words: ClassVar[str] = "pools"
    doctor: UUID
    weight: Annotated[int, Field(ge=1, le=10)] = 1
    priority: Annotated[int, Field(ge=0, le=99)] = 0
    credit_minutes: Annotated[int, Field(ge=0, le=100_000)] = 0
    version: int

    @property
    def terms(self) -> MemberTerms:
        """The part as the service takes it."""
        return MemberTerms(weight=self.weight, priority=self.priority, credit_minutes=self.credit_minutes)


class EndForm(Form):
    """The pool as it was seen when somebody leaves it."""

    words: ClassVar[str] = "pools"
    version: int
