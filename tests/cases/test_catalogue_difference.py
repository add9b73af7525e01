"""Two catalogues side by side in words, and the change of one item."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.cases.catalogue import Catalogue, InvalidCatalogue
from gateway.cases.catalogue_difference import Change, UnchangeableField, difference, edited
from gateway.cases.catalogue_schema import Content
from gateway.cases.errors import UnknownServiceItem


def of(catalogue: Catalogue, **changes: Any) -> list[Change]:
    return difference(catalogue.content, edited(catalogue, "road_pothole", changes))


def without(content: Content, code: str) -> Content:
    return content.model_copy(update={"items": tuple(i for i in content.items if i.code != code)})


def test_equal_contents_do_not_differ_whatever_the_order(catalogue: Catalogue) -> None:
    content = catalogue.content
    turned = content.model_copy(update={"items": content.items[::-1], "units": content.units[::-1]})
    assert difference(content, content) == difference(content, turned) == []
    assert of(catalogue, name_zh="路面坑洞", kind="dispatch") == []


def test_a_limit_in_words(catalogue: Catalogue) -> None:
    limit = {"amount": 5, "unit": "calendar_days", "due_time": "24:00", "source": "公告", "example": True}
    (change,) = of(catalogue, completion=limit)
    assert change.field == "completion"
    assert change.text("zh-TW") == (
        "修改項目：路面坑洞（road_pothole），完成時限："
        "3 個工作日，自受理次日起算〔soweb.kcg.gov.tw faqdetail/397110000G/37〕"
        " → 5 日，自受理次日起算，含假日（示範值） 24:00〔公告〕"
    )
    assert "completion limit: 3 working days" in change.text("en")


@pytest.mark.parametrize(
    ("field", "value", "zh"),
    [
        ("inspection", None, "→ （無）"),
        ("confidentiality", "confidential", "保密等級：一般 → 保密"),
        ("photo_required", True, "結案須附照片：否 → 是"),
        ("required_fields", ["location", "contact"], "必填欄位：（無） → 聯絡方式"),
        ("name_en", "Hole", "英文名稱：Pothole in the road → Hole"),
        ("works_class", None, "督工類別：工務 → （無）"),
        ("owner", {"default": "養工處", "former_county": "養工處2"}, "養工處 → 養工處、原高雄縣 → 養工處2"),
        ("reply_template", {"zh": "{found}", "en": "{found}"}, "→ {found}"),
    ],
)
def test_every_kind_of_field_in_words(catalogue: Catalogue, field: str, value: object, zh: str) -> None:
    (change,) = of(catalogue, **{field: value})
    assert change.field == field
    assert zh in change.text("zh-TW")
    assert change.text("en").startswith("changed item ")


def test_routing_by_attribute_in_words(catalogue: Catalogue) -> None:
    width = {"code": "road_width", "zh": "路寬", "en": "Width", "datatype": "number", "required": True}
    rules = {"road_width": [{"below": 8, "unit": "{district}公所"}, {"unit": "工務局"}]}
    routing, question = of(
        catalogue,
        attributes=[width],
        owner={"default": "養工處", "districts": {"三民區": "工務局"}, "by_attribute": rules},
    )
    assert "三民區 → 工務局、road_width < 8 → {district}公所、road_width → 工務局" in routing.text("zh")
    assert "（無） → 路寬 (road_width; number; *)" in question.text("zh")


def test_of_a_list_only_what_went_and_what_came(catalogue: Catalogue) -> None:
    keywords = catalogue.item("road_pothole").keywords
    (change,) = of(catalogue, keywords=[*keywords[1:], "破洞"])
    assert (change.old, change.new) == ((keywords[0], keywords[0]), ("破洞", "破洞"))
    (turned,) = of(catalogue, keywords=keywords[::-1])
    assert turned.old is not None
    assert turned.old[0] == "、".join(keywords)


def test_what_was_added_and_removed(catalogue: Catalogue) -> None:
    less = without(catalogue.content, "noise")
    (removed,) = difference(catalogue.content, less)
    (added,) = difference(less, catalogue.content)
    assert removed.text("zh") == "刪除項目：噪音（noise）"
    assert added.text("en") == "added item Noise (noise)"


def test_units_areas_and_channels_too(catalogue: Catalogue) -> None:
    old = catalogue.content
    short = old.channels.routing.__class__(2, old.channels.routing.unit, "公告", False)
    rules = {**old.channels.channels, "letter": old.channels.channels["mayor_mailbox"]}
    new = old.model_copy(
        update={
            "units": (old.units[0].model_copy(update={"external": True}), *old.units[1:]),
            "areas": old.areas.model_copy(
                update={"former_county": (*old.areas.former_county, *old.areas.old_city[:1])}
            ),
            "channels": old.channels.model_copy(update={"routing": short, "channels": rules}),
        }
    )
    texts = [change.text("zh") for change in difference(old, new)]
    assert texts[0] == "修改單位：養工處（養工處），外部單位：否 → 是"
    assert texts[1] == "修改區域：原高雄縣（former_county），行政區：（無） → 鹽埕區"
    assert texts[2].startswith("修改管道：分案、改分（routing），時限：1 個工作日")
    assert texts[3] == "新增管道：letter（letter）"
    back = [change.text("en") for change in difference(new, old)]
    assert back[-1] == "removed channel letter (letter)"


def test_what_an_edit_refuses(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownServiceItem):
        edited(catalogue, "nothing", {})
    for changes in ({"code": "other_code"}, {"kind": "petition"}):
        with pytest.raises(UnchangeableField):
            edited(catalogue, "road_pothole", changes)
    for broken in (
        {"owner": {"default": "沒有這個單位"}},
        {"surprise": 1},
        {"completion": {"amount": 0, "unit": "hours", "source": "", "example": True}},
        {"city_names": ["噪音"]},
        {"reply_template": {"zh": "{weather}", "en": "-"}},
    ):
        with pytest.raises(InvalidCatalogue) as refused:
            edited(catalogue, "road_pothole", broken)
        assert refused.value.detail
