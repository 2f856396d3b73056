"""What is posted to the pages of attachments, by people and by the scripts that send files."""

import json
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from telehealth.kit.errors import InvalidError
from telehealth.visits.attachments import CAPTION_LIMIT, AttachmentKind
from web.forms import Form, Tick

Caption = Annotated[str, Field(max_length=CAPTION_LIMIT)]


class AnnounceForm(Form):
    """A script is about to send a file in chunks."""

    id: UUID
    media_type: Annotated[str, Field(max_length=40)]
    length: Annotated[int, Field(ge=0, le=2**31 - 1)]


class AttachForm(Form):
    """A script has sent a file."""

    id: UUID
    upload_id: UUID
    kind: AttachmentKind = AttachmentKind.PHOTO
    caption: Caption = ""
    is_preview: Tick = False


class SendForm(Form):
    """What is said of files sent with the form itself, where no script runs."""

    words: ClassVar[str] = "attachment"
    kind: AttachmentKind = AttachmentKind.PHOTO
    caption: Caption = ""


class ChangeForm(Form):
    """What is done with an attachment: said of it, turned, pointed at, moved, taken back, put back."""

    words: ClassVar[str] = "attachment"
    act: Literal["describe", "left", "right", "arrows", "earlier", "later", "withdraw", "restore"]
    version: Annotated[int, Field(ge=0)] = 0
    kind: AttachmentKind = AttachmentKind.PHOTO
    caption: Caption = ""
    arrows: Annotated[str, Field(max_length=4_000)] = "[]"
    reason: Caption = ""

    def drawn(self) -> list[list[int]]:
        """Return the arrows as drawn; raise `arrows-invalid` for what no page of ours sends."""
        try:
            arrows = json.loads(self.arrows)
        except (ValueError, RecursionError):
            raise InvalidError("arrows-invalid") from None
        if not isinstance(arrows, list) or not all(isinstance(each, list) for each in arrows):
            raise InvalidError("arrows-invalid")
        return arrows
