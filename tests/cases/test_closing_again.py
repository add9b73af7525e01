"""No closing without words of the case itself: after a reopening, by whatever way, or for the law."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.cases.errors import CannotReopen, CaseNotFound, EmptyClosing, PartMissing
from gateway.cases.models import CaseAttachment
from gateway.cases.rules import Act, Role, Status
from gateway.cases.service import CaseService
from gateway.cases.views import NewCase
from gateway.database import Database
from gateway.outbox.models import OutboxMessage
from tests.cases.conftest import NOW
from tests.cases.life import RESULT, Life, case_of

Make = Callable[..., NewCase]
CANNED = "感謝您的反映，已處理完成"


def test_a_reply_template_that_was_hardly_filled_is_no_message_after_a_reopening(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.bring(new_case(), Status.RELEASED)
        life.do(number, Act.REOPEN, Role.CITIZEN)
        for act in (Act.ACCEPT, Act.HANDLE):
            life.do(number, act)
        template = cases.catalogue.item("road_pothole").reply_templates[0]
        for name in ("unit", "arrived_at", "found", "done", "called_at"):
            template = template.replace(f"{{{name}}}", "養")
        with pytest.raises(EmptyClosing):
            life.do(number, Act.RELEASE, message=template)


def test_what_is_not_processed_is_explained(cases: CaseService, database: Database, new_case: Make) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.file(new_case())
        for said in (CANNED, "已結案", "依規定辦理"):
            with pytest.raises(EmptyClosing):
                life.do(number, Act.NOT_PROCESS, note=said)
        life.do(number, Act.NOT_PROCESS, note="同一坑洞已於九月修補並函復，無新事證")


def test_staff_withdraw_a_reopened_case_with_words_that_the_citizen_reads(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.bring(new_case(contact_email="a@example.org"), Status.RELEASED)
        life.do(number, Act.REOPEN, Role.SUPERVISOR)
        for said in (None, CANNED):
            with pytest.raises(EmptyClosing):
                life.do(number, Act.WITHDRAW, Role.OPERATOR, note=said)
        life.do(number, Act.WITHDRAW, Role.OPERATOR, note="您來電表示坑洞已自行補平，不必再派員")
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "notice.withdraw")).one()
        assert "您來電表示坑洞已自行補平" in told.payload["text"]
        own = life.bring(new_case("own"), Status.RELEASED)
        life.do(own, Act.REOPEN, Role.CITIZEN)
        life.do(own, Act.WITHDRAW, Role.CITIZEN, note=None)


@pytest.mark.parametrize("way", [Act.MERGE, Act.CONVERT])
def test_the_message_is_owed_by_the_case_that_a_reopened_one_went_into(
    cases: CaseService, database: Database, new_case: Make, way: Act
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number, other = life.bring(new_case(), Status.RELEASED), life.file(new_case("other"))
        life.do(number, Act.REOPEN, Role.CITIZEN)
        state = life.do(number, way, **({"other_case": other} if way is Act.MERGE else {}))
        goes_on = state.made or other
        for act in (Act.ACCEPT, Act.HANDLE):
            life.do(goes_on, act)
        with pytest.raises(EmptyClosing):
            life.do(goes_on, Act.RELEASE, message=None)
        life.do(goes_on, Act.RELEASE, message=RESULT)


def test_a_supervisors_reopening_leaves_the_citizen_theirs(
    cases: CaseService, database: Database, new_case: Make, now: list[datetime]
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number = life.bring(new_case(), Status.RELEASED)
        code = cases.verification_code(number)
        now[0] += timedelta(days=20)
        life.do(number, Act.REOPEN, Role.SUPERVISOR)
        for act in (Act.ACCEPT, Act.HANDLE, Act.RELEASE):
            life.do(number, act)
        assert Act.REOPEN in cases.public_view(session, number, code).allowed
        cases.citizen_act(session, number, code, Act.REOPEN, "仍然積水")
        for act in (Act.ACCEPT, Act.HANDLE, Act.RELEASE):
            life.do(number, act)
        assert Act.REOPEN not in cases.public_view(session, number, code).allowed
        with pytest.raises(CannotReopen):
            life.do(number, Act.REOPEN, Role.OPERATOR)


def test_a_photo_of_the_result_is_one_that_lies_with_the_case(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        number, other = life.bring(new_case(), Status.IN_PROGRESS), life.file(new_case("other"))

        def file(name: str, case: str, purpose: str, media_type: str = "image/jpeg") -> str:
            public_id = name.ljust(32, "0")
            session.add(
                CaseAttachment(
                    public_id=public_id, case_id=case_of(session, case).id, name=name, media_type=media_type,
                    size=1, sha256="0" * 64, purpose=purpose, public=True, uploaded_by="x", uploaded_at=NOW,
                )
            )  # fmt: skip
            session.flush()
            return public_id

        right = file("a", number, "result")
        for wrong in (
            "nonsense", file("b", other, "result"), file("c", number, "report"),
            file("d", number, "result", "application/pdf"),
        ):  # fmt: skip
            with pytest.raises(PartMissing):
                life.do(number, Act.HANDLE, photos=(right, wrong))
        life.do(number, Act.HANDLE, photos=(right,))


def test_what_became_a_confidential_case_is_confidential_itself(
    cases: CaseService, database: Database, new_case: Make
) -> None:
    with database.write() as session:
        life = Life(cases, session)
        at_once = life.file(new_case(contact_name="王小明", contact_phone="0912345678"))
        life.do(at_once, Act.CONVERT, item_code="petition_building")
        later = life.file(new_case("later", contact_name="王小明", contact_phone="0912345678"))
        made = life.do(later, Act.CONVERT).made
        assert made is not None
        assert not case_of(session, later).confidential
        life.do(made, Act.RECLASSIFY, item_code="petition_building")
        for number in (at_once, later, made):
            with pytest.raises(CaseNotFound):
                cases.contact(session, number, actor="h", role="handler", sealed_too=False)
