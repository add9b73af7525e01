"""Filing by GeoReport v2: a case once, with photos, by key, and mistakes told in the standard's form."""

from __future__ import annotations

import uuid
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import Attribute
from gateway.cases.catalogue_shelf import SingleCatalogue
from gateway.cases.models import Case, CaseAttachment, CaseEvent
from gateway.identity.rules import Permission
from tests.in_process import Gateway
from tests.open311 import schemas
from tests.open311.client import HOLE, V2, count, fits, key, numbers, post, refused, token_with, tree_of

__all__ = ["key"]


def test_filing_makes_a_case_that_can_be_read(gateway: Gateway, key: str) -> None:
    filed = fits(
        post(gateway, key, first_name="小明", last_name="王", phone="0912345678"), schemas.FILED, 201
    )[0]
    number = filed["service_request_id"]
    assert numbers(gateway) == [number]
    with gateway.database.read() as session:
        row = session.scalars(select(Case).where(Case.number == number)).one()
        assert (row.channel, row.contact_name, row.district) == ("open311", "王小明", "三民區")
        first = session.scalars(select(CaseEvent).where(CaseEvent.case_id == row.id)).first()
        assert first is not None
        assert first.actor == "open311:city-app"
    token = fits(gateway.client.get(f"{V2}/tokens/{number}.json"), schemas.TOKENS)[0]
    assert token["service_request_id"] == number


def test_the_same_token_is_the_same_case(gateway: Gateway, key: str) -> None:
    token = str(uuid.uuid4())
    first, again = post(gateway, key, token=token), post(gateway, key, token=token)
    assert (first.status_code, again.status_code) == (201, 200)
    by_header = gateway.client.post(
        f"{V2}/requests.json", data={**HOLE, "api_key": key}, headers={"idempotency-key": token}
    )
    ids = {answer.json()[0]["service_request_id"] for answer in (first, again, by_header)}
    assert len(ids) == count(gateway) == 1
    found = fits(gateway.client.get(f"{V2}/tokens/{token}.json"), schemas.TOKENS)[0]
    assert {found["service_request_id"]} == ids
    assert refused(post(gateway, key, token="a b"), 400)


def test_the_key_decides(gateway: Gateway, key: str) -> None:
    reader = token_with(gateway, Permission.CASES_READ)
    for bad in (None, "wst_nothing", "%", reader):
        assert refused(post(gateway, bad), 403)
    assert count(gateway) == 0
    bearer = gateway.client.post(f"{V2}/requests.json", data=HOLE, headers={"authorization": f"Bearer {key}"})
    assert bearer.status_code == 201
    in_query = gateway.client.post(f"{V2}/requests.json", params={"api_key": key}, data=HOLE)
    assert in_query.status_code == 201


def photo(position: bool = False) -> bytes:
    buffer = BytesIO()
    picture = Image.new("RGB", (64, 48), "grey")
    exif = picture.getexif()
    if position:
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2], gps[3], gps[4] = "N", (22.0, 38.0, 47.76), "E", (120.0, 19.0, 31.08)
    picture.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def test_multipart_with_a_photo_which_may_say_where(gateway: Gateway, key: str) -> None:
    form = {"service_code": "road_pothole", "api_key": key, "description": "破洞"}
    answer = gateway.client.post(
        f"{V2}/requests.xml", data=form, files={"media": ("hole.jpg", photo(position=True), "image/jpeg")}
    )
    assert answer.status_code == 201, answer.text
    number = tree_of(answer).findtext("request/service_request_id")
    with gateway.database.read() as session:
        row = session.scalars(select(Case).where(Case.number == number)).one()
        kept = session.scalars(select(CaseAttachment)).one()
    assert (row.district, kept.case_id, kept.media_type) == ("三民區", row.id, "image/jpeg")
    assert gateway.client.get(f"{V2}/requests/{number}.json").json()[0]["media_url"] is None


def test_a_file_of_no_known_type_is_refused(gateway: Gateway, key: str) -> None:
    answer = gateway.client.post(
        f"{V2}/requests.json",
        data={**HOLE, "api_key": key},
        files={"media": ("a.jpg", b"MZ\x90\x00", "image/jpeg")},
    )
    assert refused(answer, 400)
    assert count(gateway) == 0


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"service_code": None}, 400, "service_code"),
        ({"service_code": "unheard_of"}, 404, "service_code"),
        ({"service_code": "petition_roads"}, 404, "service_code"),
        ({"lat": None, "long": None, "address_string": None}, 400, "address_string"),
        ({"lat": None}, 400, "lat"),
        ({"lat": "north"}, 400, "lat"),
        ({"lat": "nan"}, 400, "lat"),
        ({"lat": "95"}, 400, "lat"),
        ({"lat": "25.03", "long": "121.56"}, 400, "lat, long"),
        ({"email": "nobody"}, 400, "email"),
        ({"description": "長" * 4001}, 400, "description"),
        ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
        ({"attribute[unheard_of]": "1"}, 400, "attribute[unheard_of]"),
        ({"jurisdiction_id": "tainan.gov.tw"}, 404, "jurisdiction_id"),
    ],
)
def test_a_report_with_mistakes(
    gateway: Gateway, key: str, changes: dict[str, str | None], status: int, word: str
) -> None:
    assert word in refused(post(gateway, key, **changes), status)
    assert count(gateway) == 0


def test_attributes_are_kept_and_decide_the_owner(gateway: Gateway, key: str) -> None:
    item = next(
        item for item in gateway.app.state.catalogues.current().items.values()
        if any(attribute.datatype == "number" for attribute in item.attributes)
        and item.kind.value == "dispatch"
    )  # fmt: skip
    attribute = next(attribute for attribute in item.attributes if attribute.datatype == "number")
    wide = post(gateway, key, service_code=item.code, **{f"attribute[{attribute.code}]": "12"})
    assert wide.status_code == 201, wide.text
    with gateway.database.read() as session:
        assert session.scalars(select(Case.attributes)).one() == {attribute.code: 12.0}
    bad = post(gateway, key, service_code=item.code, **{f"attribute[{attribute.code}]": "wide"})
    assert f"attribute[{attribute.code}]" in refused(bad, 400)


def test_a_missing_required_attribute_is_refused(gateway: Gateway, key: str) -> None:
    cases = gateway.app.state.cases
    content = cases.catalogue.content
    width = Attribute(code="road_width", zh="路寬", en="Width", datatype="number", required=True)
    items = tuple(
        item.model_copy(update={"attributes": (width,)}) if item.code == "road_pothole" else item
        for item in content.items
    )
    cases.catalogues = SingleCatalogue(Catalogue(content.model_copy(update={"items": items})))
    assert "attribute[road_width]" in refused(post(gateway, key), 400)
    assert post(gateway, key, **{"attribute[road_width]": "6.5"}).status_code == 201


def test_only_requests_can_be_filed(gateway: Gateway, key: str) -> None:
    assert refused(gateway.client.post(f"{V2}/services.json", data={"api_key": key}), 404)
    assert refused(gateway.client.post(f"{V2}/requests.json", content=b"\xff\x00"), 403)
    broken = gateway.client.post(
        f"{V2}/requests.json", content=b"nothing", headers={"content-type": "multipart/form-data"}
    )
    assert refused(broken, 400)


def test_more_than_a_form_may_hold_is_refused(gateway: Gateway, key: str) -> None:
    files = [("media", (f"{n}.bin", b"\x00" * 8_000_000, "image/png")) for n in range(3)]
    answer = gateway.client.post(f"{V2}/requests.json", data={**HOLE, "api_key": key}, files=files)
    assert answer.status_code == 413
    assert count(gateway) == 0
