"""What happens to each made-up case: shares of acts, and who acts."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from bench.city_case import About, NotYet, World
from bench.city_clock import local_day
from bench.city_draw import CHANNELS, DAY, DISPATCH, Month, Sample
from bench.city_former import tell_former
from bench.city_life import Life
from gateway.cases.numbering import CaseNumber
from gateway.cases.rules import CALL_BACK_TEXT, CallBack, Kind, LegalReason, Stage

OWN_SHARE = (1.0, 0.4, 0.15, 0.1, 0.05)
"""Which share of cases went through this platform, by their age in years; the rest is of the system before,
as its history is taken in: registered, sometimes assigned and answered, released."""
WITHDRAWN, REFUSED, MERGED, CONVERTED_SHARE = 0.012, 0.012, 0.03, 0.015
REASSIGNED, TWICE, RETURNED = 0.06, 0.01, 0.015
EXTERNAL, INSPECTED, COMMENTED, SENT_BACK, REOPENED, WAITED = 0.03, 0.6, 0.05, 0.012, 0.02, 0.12
EXTENDED, EXTENSION_REFUSED, RATED = 0.3, 0.15, 0.12
"""Extensions: of those that would otherwise be late; waiting: of petitions; ratings: of releases."""
SCORES, SCORE_SHARES = (1, 2, 3, 4, 5), (0.14, 0.09, 0.17, 0.3, 0.3)
ROADS = ("建國路", "中正路", "民族路", "大昌路", "三多路", "光華路", "自由路", "博愛路", "中山路", "青年路")
SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐"
BY_STAFF = ("phone", "counter", "letter", "fax")
DONE = "到場查看後已處理完成，現場恢復正常。"
HOUR = 3600


class Stories:
    """Tells the months of a city into rows."""

    def __init__(self, world: World, sample: Sample, seed: int) -> None:
        self._world, self._sample, self._seed = world, sample, seed
        self._owners: dict[tuple[str, str], str] = {}
        self.counters: Counter[tuple[Kind, date]] = Counter()
        catalogue = world.catalogue
        self._items = [catalogue.item(code) for code in sample.items]
        self._words = [[one for one in item.examples if not one.isascii()] for item in self._items]
        self._internal = [unit.name for unit in catalogue.units.values() if not unit.external]
        self._external = [unit.name for unit in catalogue.units.values() if unit.external]
        self._staff = {name: f"agency{n:02d}" for n, name in enumerate(catalogue.units)}
        self._channels = list(CHANNELS)

    def tell(self, month: Month, keep: slice) -> Iterator[None]:
        """Every case of a month that is kept; yields after each."""
        self._rnd = random.Random(f"{self._seed} {month.first}")  # noqa: S311 - no secret
        self._open: dict[tuple[int, int], tuple[int, str, int]] = {}
        self._taken: set[int] = set()
        self._month = {
            name: getattr(month, name)[keep].tolist()
            for name in (
                "received",
                "kind",
                "item",
                "district",
                "unit",
                "village",
                "channel",
                "handling",
                "chance",
            )
        }
        kinds = np.array(self._month["kind"])
        self._petitions = np.flatnonzero((kinds == 1) | (kinds == 2)).tolist()
        for n in range(len(kinds)):
            if n in self._taken:
                continue
            age = (self._world.until - self._month["received"][n]) // (365 * DAY)
            own = self._month["chance"][n][0] < OWN_SHARE[min(age, len(OWN_SHARE) - 1)]
            for _ in self._own(n) if own else self._former(n):
                yield

    def _about(self, n: int, received: int) -> About:
        rnd, month, sample = self._rnd, self._month, self._sample
        item, district = self._items[month["item"][n]], sample.districts[month["district"][n]]
        village, unit = month["village"][n], month["unit"][n]
        lat, lng = sample.points[month["district"][n]][village]
        near = rnd.random() < 0.7
        road = f"{district}{rnd.choice(ROADS)}{rnd.randrange(1, 400)}號" if rnd.random() < 0.75 else None
        known = rnd.random() < 0.55
        channel = {2: "mayor_mailbox", 3: "public_works"}.get(
            month["kind"][n], self._channels[month["channel"][n]]
        )
        owner = self._owner(item.code, district) if unit < 0 else sample.units[unit]
        number = self._number(item.kind, received)
        return About(
            number, f"city:{number}", item.kind.value, item.code, item.confidentiality == "confidential",
            owner, district, sample.villages[month["district"][n]][village], road and f"高雄市{road}",
            round(lat + rnd.gauss(0, 0.0012), 6) if near else None,
            round(lng + rnd.gauss(0, 0.0012), 6) if near else None,
            rnd.choice(self._words[month["item"][n]]), f"{rnd.choice(SURNAMES)}○○" if known else None,
            f"09{rnd.randrange(10**8):08d}" if known else None, channel, received, road,
        )  # fmt: skip

    def _own(self, n: int) -> Iterator[None]:
        month = self._month
        about = self._about(n, month["received"][n])
        life = Life(self._world, about)
        try:
            if about.channel in BY_STAFF:
                life.register(f"operator{self._rnd.randrange(40):02d}", "operator")
            else:
                life.register(about.channel, "citizen")
            yield from self._goes_on(life, n)
        except NotYet:
            pass
        life.write()
        yield

    def _goes_on(self, life: Life, n: int) -> Iterator[None]:
        month, rnd = self._month, self._rnd
        took, chance = month["handling"][n], month["chance"][n]
        begun, kind = life.about.received, month["kind"][n]
        fate, soon = chance[1], begun + int(min(took * 0.5, rnd.lognormvariate(7.8, 0.9)))
        dispatcher = f"dispatcher{rnd.randrange(6)}"
        if fate < MERGED and (other := self._open.get((month["item"][n], month["district"][n]))):
            if other[2] > soon:
                life.merge(soon, dispatcher, other[0], other[1])
                return
        elif fate < MERGED + WITHDRAWN:
            life.end("withdraw", soon, "citizen", "citizen", "withdrawn")
            return
        elif fate < MERGED + WITHDRAWN + REFUSED:
            reason = rnd.choice(list(LegalReason)).value
            life.end(
                "not_process",
                soon,
                dispatcher,
                "supervisor",
                "not_processed",
                "依規定不予處理",
                legal_reason=reason,
            )
            return
        elif fate < MERGED + WITHDRAWN + REFUSED + CONVERTED_SHARE and kind == DISPATCH:
            child = self._petition_after(n, begun + HOUR)
            if child is not None:
                yield from self._converted(life, child, dispatcher)
                return
        self._handled(life, n, begun, took, soon)

    def _handled(self, life: Life, n: int, begun: int, took: int, soon: int) -> None:
        month, rnd, chance = self._month, self._rnd, self._month["chance"][n]
        staff = f"{self._staff[life.unit]}_{rnd.randrange(5)}"
        finish, boss = begun + took, f"supervisor{rnd.randrange(8)}"
        released = finish + int(rnd.lognormvariate(9.9, 1.0))
        self._open[month["item"][n], month["district"][n]] = (life.id, life.about.number, released)
        early = begun + (soon - begun) // 3
        if chance[2] < REASSIGNED:
            for step in range(1 + (chance[2] < TWICE)):
                life.reassign(early + step * 60, f"dispatcher{rnd.randrange(6)}", self._another(life.unit))
        elif chance[2] < REASSIGNED + RETURNED:
            life.give_back(early, staff)
            life.assign((early + soon) // 2, f"dispatcher{rnd.randrange(6)}", self._another(life.unit))
        staff = f"{self._staff[life.unit]}_{rnd.randrange(5)}"
        life.accept(soon, staff)
        self._worked(life, n, soon, finish, staff, boss)
        arrived = soon + int(min((finish - soon) * 0.9, rnd.lognormvariate(8.2, 0.9)))
        life.handle(finish, arrived, staff, DONE)
        if chance[5] < SENT_BACK:
            life.send_back(finish + (released - finish) // 2, boss)
            finish, released = released, released + 2 * HOUR
            life.handle(finish, arrived, staff, DONE)
        self._released(life, released, boss, chance, staff, took)

    def _worked(self, life: Life, n: int, soon: int, finish: int, staff: str, boss: str) -> None:
        """What happens between the taking up and the end of the work, in its order."""
        rnd, chance, span = self._rnd, self._month["chance"][n], finish - soon
        petition = life.about.kind == Kind.PETITION
        due = life.completion().due
        asks = min(soon + span // 3, due - 2 * HOUR)
        if petition and chance[3] < WAITED:
            life.request_info(soon + span // 10, staff)
            life.supply_info(soon + span // 4)
        elif chance[4] < INSPECTED and any(one.stage is Stage.INSPECTION for one in life.dues):
            at = soon + int(min(span * 0.3, rnd.lognormvariate(8.5, 0.9)))
            life.inspect(at, soon + (at - soon) // 2, staff)
        if finish > due and asks > life.at and not life.pauses and chance[6] < EXTENDED:
            wanted = self._world.clocks.closing_after(due, rnd.choice((1, 2, 3, 5, 10)))
            life.ask_extension(asks, staff, wanted)
            decides = asks + int((due - asks) * chance[8])
            life.decide_extension(asks, decides, boss, wanted, chance[7] >= EXTENSION_REFUSED)
        if chance[10] < EXTERNAL and life.status == "in_progress" and span > 4 * HOUR:
            self._outside(life, max(life.at, soon + span // 2), finish, staff)
        elif chance[11] < COMMENTED and life.at < soon + span // 2:
            life.comment(soon + span // 2, staff)

    def _outside(self, life: Life, at: int, finish: int, staff: str) -> None:
        if at < finish:
            life.hand_external(at, staff, self._rnd.choice(self._external))

    def _released(self, life: Life, at: int, boss: str, chance: list[float], staff: str, took: int) -> None:
        rnd = self._rnd
        call_back = rnd.choices(list(CallBack), (6, 1, 2, 1))[0]
        life.release(at, boss, (call_back.value, CALL_BACK_TEXT[call_back][0]))
        if rnd.random() < RATED:
            life.rate(at + rnd.randrange(HOUR, 3 * DAY), rnd.choices(SCORES, SCORE_SHARES)[0])
        if chance[9] < REOPENED:
            again = at + rnd.randrange(HOUR, 10 * DAY)
            life.reopen(again)
            life.accept(again + 2 * HOUR, staff)
            life.handle(again + took, again + took // 2, staff, DONE)
            life.release(again + took + DAY, boss, (call_back.value, CALL_BACK_TEXT[call_back][0]))

    def _converted(self, life: Life, child: int, dispatcher: str) -> Iterator[None]:
        """The dispatch case becomes the petition that comes next, at that moment and of that item."""
        at = self._month["received"][child]
        self._taken.add(child)
        other = self._about(child, at)
        life.end(
            "convert", at, dispatcher, "dispatcher", "converted", "非立即處理事項", converted_to=other.number
        )
        old = life.about
        made = Life(self._world, replace(
            other, origin_key=f"converted:{old.number}", district=old.district, village=old.village,
            address=old.address, key=old.key, latitude=old.latitude, longitude=old.longitude, name=old.name,
            phone=old.phone, channel=old.channel, unit=self._owner(other.item, old.district),
        ))  # fmt: skip
        life.link(made.id, "converted_to")
        try:
            made.register(dispatcher, "system")
            self._handled(made, child, at, self._month["handling"][child], at + 2 * HOUR)
        except NotYet:
            pass
        made.write()
        yield

    def _petition_after(self, n: int, at: int) -> int | None:
        """The next petition of the month that is received after an instant and that nobody took."""
        place = np.searchsorted(self._petitions, n)
        for child in self._petitions[place : place + 12]:
            if child not in self._taken and self._month["received"][child] > at:
                return int(child)
        return None

    def _another(self, unit: str) -> str:
        found = self._rnd.choice(self._internal)
        return found if found != unit else self._another(unit)

    def _owner(self, item: str, district: str) -> str:
        if (item, district) not in self._owners:
            catalogue = self._world.catalogue
            self._owners[item, district] = catalogue.owner(catalogue.item(item), district)
        return self._owners[item, district]

    def _number(self, kind: Kind, received: int) -> str:
        day = date(1970, 1, 1) + timedelta(days=local_day(received))
        self.counters[kind, day] += 1
        return str(CaseNumber(kind, day, self.counters[kind, day]))

    def _former(self, n: int) -> Iterator[None]:
        life = Life(self._world, self._about(n, self._month["received"][n]))
        tell_former(life, self._rnd, min(life.about.received + self._month["handling"][n], self._world.until))
        yield
