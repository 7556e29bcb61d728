"""Files that a buyer adds before the case exists: checked at once, kept with the draft, moved to the case."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.buyers.wizard import Wizard
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.evidence.inspection import inspect
from aftersales.disputes.evidence.services import FILES_PER_SIDE, add_evidence
from aftersales.disputes.models import Dispute

if TYPE_CHECKING:
    from portal.accounts.models import User


def keep_files(wizard: Wizard, uploads: Sequence["UploadedFile[Any]"], *, slot: str, now: datetime) -> list[str]:
    """Keep what is acceptable with the draft; return the reasons against the others."""
    kept = list(wizard.answers.get("files", []))
    refused = []
    for upload in uploads:
        name = (upload.name or "file")[-200:]
        try:
            clean = inspect(upload, name=name)
        except RuleBroken as broken:
            refused.append(broken.message)
            continue
        if any(f["sha256"] == clean.source_sha256 for f in kept):
            continue
        if len(kept) >= FILES_PER_SIDE:
            refused.append(_("At most %(count)s files.") % {"count": FILES_PER_SIDE})
            break
        path = default_storage.save(f"drafts/{clean.source_sha256}.{clean.extension}", clean.content)
        kept.append({"path": path, "name": name, "slot": slot, "sha256": clean.source_sha256})
    if kept != wizard.answers.get("files", []):
        wizard.save(now=now, files=kept)
    return refused


def attach_files(wizard: Wizard, *, case: Dispute, actor: "User", now: datetime) -> None:
    """Move the draft's files to the case; one that has gone missing does not stop the others."""
    for kept in wizard.answers.get("files", []):
        if not case.is_open or not default_storage.exists(kept["path"]):
            continue
        with default_storage.open(kept["path"]) as stored:
            upload = File(stored, name=kept["name"])
            add_evidence(dispute=case, actor=actor, now=now, upload=upload, slot=kept["slot"])
        transaction.on_commit(partial(default_storage.delete, kept["path"]))
