"""What is done with facilities: registering them and what is dated about them, importing a file."""

from telehealth.facilities.service.load import Imported, import_facilities
from telehealth.facilities.service.register import (
    add_authority,
    add_edge,
    add_identifier,
    change_facility,
    create_facility,
    ensure_code_lists,
)

__all__ = [
    "Imported",
    "add_authority",
    "add_edge",
    "add_identifier",
    "change_facility",
    "create_facility",
    "ensure_code_lists",
    "import_facilities",
]
