"""Use-cases of orders: writing, releasing, what the station does with them, what the clocks do."""

from telehealth.orders.service.doing import Result, acknowledge, decline, finish
from telehealth.orders.service.part import Orders
from telehealth.orders.service.reading import note_list, read_order
from telehealth.orders.service.ticking import list_due, tick
from telehealth.orders.service.writing import (
    Wanted,
    on_visit_signed,
    on_visit_withdrawn,
    revoke,
    rewrite,
    write,
)

__all__ = [
    "Orders",
    "Result",
    "Wanted",
    "acknowledge",
    "decline",
    "finish",
    "list_due",
    "note_list",
    "on_visit_signed",
    "on_visit_withdrawn",
    "read_order",
    "revoke",
    "rewrite",
    "tick",
    "write",
]
