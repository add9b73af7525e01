"""The life of one made-up case: the same acts as the case room's.

It ends where the city's present is: what would come later has not happened.
"""

from __future__ import annotations

from typing import Any

from bench.city_case import ALL, NONE, Due, Standing, as_json
from bench.city_clock import iso, stamp
from gateway.cases.rules import Stage


class Life(Standing):
    """A case as it goes on."""

    def register(self, actor: str, role: str) -> None:
        """It exists, and its owner has it."""
        about = self.about
        self.begin(about.received)
        self.before = {}
        self.status = "registered"
        facts = {
            "status": "registered", "item_code": about.item,
            "catalogue_version": self.world.catalogue.version,
            "district": about.district, "village": about.village, "address": about.address,
            "latitude": about.latitude, "longitude": about.longitude, "channel": about.channel,
            "received_at": iso(about.received), "contact_given": about.phone is not None,
        }  # fmt: skip
        self.event("register", actor, role, "{}", as_json(facts), None)
        self.before, self.after = {"status": "registered", "owner_unit": None}, {}
        self.give(self.unit)
        del self.after["assignment"]
        self.start(self.part, self.world.limits_for(about.item, about.channel), about.received)
        self.done("assign", "system", "system", "assigned")

    def accept(self, at: int, handler: str) -> None:
        """The unit takes it up."""
        self.begin(at)
        self.part.status, self.part.handler = "in_progress", handler
        self.done("accept", handler, "handler", "in_progress", meets=(Stage.ROUTING,))

    def inspect(self, at: int, arrived: int, handler: str) -> None:
        """The crew was there."""
        self.begin(at)
        self._arrive(arrived)
        self.done("inspect", handler, "handler", meets=(Stage.ROUTING, Stage.INSPECTION))

    def handle(self, at: int, arrived: int, handler: str, note: str) -> None:
        """The unit says done."""
        self.begin(at)
        self._arrive(arrived)
        self.part.status = "handled"
        self.done("handle", handler, "handler", "handled", note, ALL)

    def send_back(self, at: int, by: str) -> None:
        """The supervisor is not content."""
        self.begin(at)
        for due in self.dues:
            if due.current and due.stage is Stage.COMPLETION and due.met is not None:
                self.before["completion_met_at"], self.after["completion_met_at"] = iso(due.met), None
                due.met = None
        self.part.status = "in_progress"
        self.done("send_back", by, "supervisor", "in_progress", "結果與照片不符，請再處理")

    def release(self, at: int, by: str, call_back: tuple[str, str]) -> None:
        """The supervisor releases it after the call-back."""
        self.begin(at)
        self.after = {"call_back": call_back[0], "call_back_text": call_back[1]}
        self.close()
        self.done("release", by, "supervisor", "released")

    def end(self, act: str, at: int, actor: str, role: str, status: str, note: str | None = None,
            **after: Any) -> None:  # fmt: skip
        """It ends without being handled: withdrawn, not processed, converted."""
        self.begin(at)
        self.after = dict(after)
        self.close()
        self.done(act, actor, role, status, note, ALL)

    def merge(self, at: int, by: str, other_id: int, number: str) -> None:
        """It waits for another case on the same matter."""
        self.begin(at)
        self.resume, self.after = self.status, {"merged_into": number}
        for part in self.parts:
            if part.active:
                part.active, part.ended = False, at
        self.link(other_id, "merged_into")
        self.done("merge", by, "dispatcher", "merged", None, ALL)

    def link(self, other_id: int, relation: str) -> None:
        """Two cases belong together since now."""
        self.rows.lines["case_links"].append(
            f"{self.rows.new('case_links')}\t{self.id}\t{other_id}\t{relation}\t{stamp(self.at)}\t{NONE}\n"
        )

    def reassign(self, at: int, by: str, unit: str) -> None:
        """Another unit's matter."""
        self.begin(at)
        old = self.part
        self.before["unit"], self.after["unit"] = old.unit, unit
        old.active, old.ended, old.status = False, at, "reassigned"
        self.hand_over(old, unit)
        # The new part's short clock has just begun; the act stops that of the old one alone.
        newest = self.dues.pop()
        self.done("reassign", by, "dispatcher", "assigned", "非本單位權責，改分", (Stage.ROUTING,))
        self.dues.append(newest)

    def give_back(self, at: int, by: str) -> None:
        """The unit refuses."""
        self.begin(at)
        part = self.part
        part.active, part.ended, part.status = False, at, "returned"
        self.after["returned_by"] = part.unit
        self.done("return", by, "handler", "registered", "非本單位權責", (Stage.ROUTING,))

    def assign(self, at: int, by: str, unit: str) -> None:
        """The dispatcher finds another unit for what was returned."""
        self.begin(at)
        self.hand_over(self.part, unit)
        self.done("assign", by, "dispatcher", "assigned")

    def hand_external(self, at: int, by: str, unit: str) -> None:
        """Somebody outside the city has to do it."""
        self.begin(at)
        self.part.external, self.part.status = unit, "with_external"
        self.after["external_unit"] = unit
        self.done("hand_external", by, "handler", "with_external", "管線單位權責", (Stage.ROUTING,))

    def request_info(self, at: int, by: str) -> None:
        """The citizen is asked; the clocks stand."""
        self.begin(at)
        self.resume, self.paused, self.after = self.status, at, {"paused": True}
        self.done("request_info", by, "handler", "awaiting_citizen", "請補充地點與時間")

    def supply_info(self, at: int) -> None:
        """The citizen has answered; the clocks run again."""
        self.begin(at)
        self.run_again()
        status, self.resume = self.resume, None
        self.done("supply_info", "citizen", "citizen", status, "補充如附")

    def comment(self, at: int, by: str) -> None:
        """A note among colleagues."""
        self.begin(at)
        self.done("comment", by, "handler", None, "已聯絡里長")

    def ask_extension(self, at: int, by: str, wanted: int) -> None:
        """The unit wants more time."""
        self.begin(at)
        self.after["asked_due_at"] = iso(wanted)
        self.done("ask_extension", by, "handler", None, "待料施工")

    def decide_extension(self, asked: int, at: int, by: str, wanted: int, granted: bool) -> None:
        """More time, or not; until then the wish waits."""
        row, state = self.rows.new("case_extensions"), "pending"
        decided = f"{NONE}\t{NONE}"
        try:
            self.begin(at)
            state, decided = ("approved" if granted else "refused"), f"{by}\t{stamp(at)}"
            if granted:
                due = self.completion()
                self.before["completion_due_at"], self.after["completion_due_at"] = iso(due.due), iso(wanted)
                due.due = due.extended = wanted
                due.working = f'{due.working[:-1]}, "extended_to": "{iso(wanted)}"}}'
            act = "extend" if granted else "refuse_extension"
            self.done(act, by, "supervisor", None, "同意展延" if granted else "請依限完成")
        finally:
            self.rows.lines["case_extensions"].append(
                f"{row}\t{self.id}\t{self.part.id}\t{stamp(wanted)}\t待料施工\t{state}"
                f"\t{self.part.handler or 'system'}\t{stamp(asked)}\t{decided}\n"
            )

    def reopen(self, at: int) -> None:
        """The citizen is not content: new clocks from now."""
        self.begin(at)
        for due in self.dues:
            due.current = False
        self.part.lead = False
        self.give(self.unit)
        self.start(self.part, self.world.limits_for(self.about.item, self.about.channel), at)
        self.reopenings, self.closed = self.reopenings + 1, None
        self.after["reopening"] = self.reopenings
        self.done("reopen", "citizen", "citizen", "assigned", "問題仍在")

    def rate(self, at: int, score: int) -> None:
        """The citizen's mark for the closing."""
        if at <= self.world.until:
            self.rows.lines["case_ratings"].append(
                f"{self.rows.new('case_ratings')}\t{self.id}\t{self.reopenings}\t{score}"
                f"\t{NONE}\t{stamp(at)}\n"
            )

    def completion(self) -> Due:
        """The clock of completion that runs."""
        return next(due for due in reversed(self.dues) if due.current and due.stage is Stage.COMPLETION)

    def _arrive(self, arrived: int) -> None:
        for due in self.dues:
            if due.current and due.stage is Stage.INSPECTION and due.met is None:
                due.met = arrived
                self.after["inspection_met_at"] = iso(arrived)
                self.after["arrived_at"] = iso(arrived)
