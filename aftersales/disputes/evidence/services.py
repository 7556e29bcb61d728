"""Adding evidence to a case."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.disputes.codes import Role, Status
from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.evidence.inspection import Clean, inspect
from aftersales.disputes.models import Dispute, Evidence
from aftersales.disputes.permissions import role_of
from aftersales.disputes.services.intervention import give_other_side_time
from aftersales.disputes.transitions import Acting, Batch
from aftersales.disputes.workflow import ACTIONS

if TYPE_CHECKING:
    from portal.accounts.models import User

FILES_PER_SIDE = 20
_PARTIES = frozenset({Role.BUYER, Role.MERCHANT})


def add_evidence(
    *, dispute: Dispute, actor: "User", now: datetime, upload: "File[Any]", slot: str = "", caption: str = ""
) -> Evidence:
    """Keep a party's file; the same file again is the same exhibit. Late files give the other side its time.

    Raises NotAllowed for others than the parties, DisputeMoved where no evidence is taken any more, RuleBroken for
    a file that is not a picture, PDF or MP4, is too large, or is one too many.
    """
    role = role_of(actor, dispute)
    if role not in _PARTIES:
        raise NotAllowed
    name = (upload.name or "file")[-200:]
    clean = inspect(upload, name=name)
    with transaction.atomic():
        case = Dispute.objects.select_for_update(of=("self",)).get(pk=dispute.pk)
        if case.status not in ACTIONS["submit_evidence"].sources:
            raise DisputeMoved(case, _("No evidence is taken any more."))
        known = case.evidence.filter(role=role, source_sha256=clean.source_sha256).first()
        if known is not None:
            return known
        if case.evidence.filter(role=role).count() >= FILES_PER_SIDE:
            raise RuleBroken("too_many_files", _("At most %(count)s files.") % {"count": FILES_PER_SIDE}, "files")
        exhibit = _store(case, actor, role, clean, now=now, name=name, slot=slot, caption=caption)
        batch = Batch(now=now)
        data = {"file": name, "sha256": exhibit.sha256}
        act = Acting(case=case, role=role, actor=actor, batch=batch)
        if case.status == Status.AWAITING_RULING:
            give_other_side_time(act, "submit_evidence", data)
        else:
            act.move("submit_evidence", data=data)
        batch.flush()
    return exhibit


def _store(
    case: Dispute, actor: "User", role: Role, clean: Clean, *, now: datetime, name: str, slot: str, caption: str
) -> Evidence:
    exhibit = Evidence(
        dispute=case,
        uploader=actor,
        role=role,
        kind=clean.kind,
        slot=slot[:40],
        caption=caption.strip()[:200],
        name=name,
        content_type=clean.content_type,
        size=clean.size,
        sha256=clean.sha256,
        source_sha256=clean.source_sha256,
        captured_at=clean.captured_at,
        width=clean.width,
        height=clean.height,
        at=now,
    )
    # The stored name is ours: nothing of the uploader's reaches the file system.
    exhibit.file.save(f"{clean.sha256}.{clean.extension}", clean.content, save=False)
    if clean.thumbnail:
        exhibit.thumbnail.save(f"{clean.sha256}-s.jpg", ContentFile(clean.thumbnail), save=False)
    exhibit.save()
    return exhibit
