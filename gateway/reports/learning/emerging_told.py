"""What is new, in words that a supervisor reads, and as a table."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateway.reports.learning.emerging import Emerging, Level, News, Wanted
from gateway.reports.learning.excess import FALSE_SHARE, FEWEST
from gateway.reports.learning.names import Names, cases_link
from gateway.reports.tables import Column, Form, Pair, Row, Table

TITLE: Final[Pair] = ("新出現的問題", "What is new")
COLUMNS: Final = (
    Column("level", "類別", "Kind"),
    Column("sentence", "摘要", "In words"),
    Column("item", "反映項目", "Service item"),
    Column("district", "行政區", "District"),
    Column("village", "里", "Village"),
    Column("question", "諮詢主題", "Question"),
    Column("observed", "本期件數", "This time", Form.COUNT),
    Column("expected", "同期平均", "Expected", Form.SCORE),
    Column("ratio", "倍數", "Times", Form.SCORE),
    Column("q", "q 值", "q-value", Form.SCORE),
)
LEVELS: Final[dict[Level, Pair]] = {
    Level.ITEM: ("項目", "Item"),
    Level.DISTRICT: ("行政區", "District"),
    Level.ITEM_DISTRICT: ("項目與行政區", "Item in a district"),
    Level.VILLAGE: ("里", "Village"),
    Level.QUESTION: ("諮詢", "Question"),
}
HOW: Final[Pair] = (
    "與前幾週相同星期比較，遇假日、補班日則與同類的日子比較；停班與爆量的日子不列入。"
    f"至少 {FEWEST} 件才列出，其中屬於偶然的平均不超過 {FALSE_SHARE:.0%}（Benjamini–Hochberg）。",
    "Compared with the same weekdays of the weeks before, days off and make-up days with their like; "
    f"storms are left out. Told from {FEWEST} cases on; on average at most {FALSE_SHARE:.0%} of what is told "
    "is chance (Benjamini–Hochberg).",
)
KEPT: Final[Pair] = ("結果保留 15 分鐘，之後重新計算。", "Reckoned anew after 15 minutes.")
TOO_LITTLE: Final[Pair] = (
    "資料不足：這段期間沒有完整的紀錄，或之前相同的日子不到 3 天，無法比較。",
    "Too little data: these days have no whole record, or fewer than three like days before them.",
)
QUIET: Final[Pair] = (
    "與前幾週相比，沒有明顯增加的項目或地點。",
    "Compared with the weeks before, nothing has clearly grown.",
)


def tell(found: Emerging, wanted: Wanted, names: Names, as_of: datetime) -> Table:
    """The table of what is new, the surest first."""
    notes = [HOW, KEPT]
    if not found.compared:
        notes.insert(0, TOO_LITTLE)
    elif not found.news:
        notes.insert(0, QUIET)
    if found.compared:
        notes.append(_rests_on(found))
    if found.stormy:
        notes.append(
            (
                f"本期有 {found.stormy} 天屬於爆量或停班的日子。",
                f"{found.stormy} of these days are stormy or closed.",
            )
        )
    levels = [names.pick(LEVELS[level]) for level in wanted.levels]
    before = names.pick((f"前 {wanted.weeks} 週", f"{wanted.weeks} weeks before it"))
    return Table(
        "emerging", TITLE, COLUMNS, [_row(one, wanted, names) for one in found.news], as_of,
        asked=(
            (("期間", "Period"), names.span(wanted.first, wanted.last)),
            (("比較", "Compared with"), before),
            (("類別", "Kind"), names.pick(("、", ", ")).join(levels)),
        ),
        notes=notes,
        more={"compared_days": found.compared, "days_before": found.before, "left_out": found.left_out},
    )  # fmt: skip


def sentence(one: News, wanted: Wanted, names: Names) -> str:
    """«本週路燈故障 82 件，前 8 週同期約 40 件»."""
    days, question = (wanted.last - wanted.first).days + 1, one.level is Level.QUESTION
    number = f"{one.expected:,.0f}" if one.expected >= 10 else f"{one.expected:.1f}"  # noqa: PLR2004
    if names.english:
        when = "On this day" if days == 1 else f"In these {days} days"
        before = f"about {number} expected after the {wanted.weeks} weeks before"
        before = before if one.expected else f"none in the {wanted.weeks} weeks before"
        unit = "questions" if question else "cases"
        return f"{when}, {subject(one, names)}: {one.observed:,} {unit}; {before}"
    when = {1: "當日", 7: "這一週"}.get(days, f"這 {days} 天")
    before = f"同期約 {number} {'次' if question else '件'}" if one.expected else "同期都沒有"
    unit = "次提問" if question else "件"
    return f"{when}{subject(one, names)} {one.observed:,} {unit}，前 {wanted.weeks} 週{before}"


def subject(one: News, names: Names) -> str:
    """What it is about."""
    if one.level is Level.QUESTION:
        question = names.question(one.entry)
        return f"“{question}”" if names.english else f"「{question}」"
    where = [names.district(one.district)] if one.district else []
    where += [one.village] if one.village else []
    item = names.item(one.item) if one.item else ""
    if names.english:
        return " in ".join(part for part in (item, " ".join(where)) if part)
    return "".join(where) + item


def _row(one: News, wanted: Wanted, names: Names) -> Row:
    question = one.level is Level.QUESTION
    link = "" if question else cases_link(wanted.first, wanted.last, item=one.item, district=one.district)
    return Row(
        (
            names.pick(LEVELS[one.level]), sentence(one, wanted, names),
            names.item(one.item) if one.item else None,
            names.district(one.district) if one.district else None, one.village,
            names.question(one.entry) if question else None,
            one.observed, round(one.expected, 2), one.ratio and round(one.ratio, 2),
            round(one.false_share, 4),
        ),
        link,
    )  # fmt: skip


def _rests_on(found: Emerging) -> Pair:
    return (
        f"本期 {found.compared} 天與之前 {found.before} 天比較，"
        f"另有 {found.left_out} 天因爆量、停班或紀錄不完整未列入。",
        f"{found.compared} days are compared with {found.before} days before; {found.left_out} were left out "
        "as stormy, closed or without a whole record.",
    )
