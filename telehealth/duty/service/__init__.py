"""Use-cases of duty: pools and who is in them, rosters, swaps, notices."""

from telehealth.duty.service.assigning import assign
from telehealth.duty.service.notices import put_away, see_notice
from telehealth.duty.service.planning import (
    Copied,
    Planned,
    Wanted,
    copy_week,
    plan,
    publish_week,
    withdraw,
)
from telehealth.duty.service.pools import (
    MemberTerms,
    PoolTerms,
    add_member,
    add_pool,
    change_pool,
    create_pool,
    end_member,
    put_member,
)
from telehealth.duty.service.swaps import accept_swap, ask_swap, decline_swap, take_back_swap
from telehealth.duty.service.switching import set_switch

__all__ = [
    "Copied",
    "MemberTerms",
    "Planned",
    "PoolTerms",
    "Wanted",
    "accept_swap",
    "add_member",
    "add_pool",
    "ask_swap",
    "assign",
    "change_pool",
    "copy_week",
    "create_pool",
    "decline_swap",
    "end_member",
    "plan",
    "publish_week",
    "put_away",
    "put_member",
    "see_notice",
    "set_switch",
    "take_back_swap",
    "withdraw",
]
