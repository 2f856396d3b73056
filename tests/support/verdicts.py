"""What a scanned code's page says, read so that one answer cannot pass for the other."""

from typing import Final

VALID: Final = "Bản giấy này còn hiệu lực"
VOID: Final = "Bản giấy này không còn hiệu lực"


def is_valid(page: str) -> bool:
    """Tell which of the two answers stands there; a page with neither or with both is a mistake."""
    said = [each for each in (VALID, VOID) if each in page]
    assert len(said) == 1, f"the page says {said}"
    return said == [VALID]
