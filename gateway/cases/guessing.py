"""Which service item a citizen means: the catalogue's own words, ranked by meaning and wording."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from pathlib import Path

from gateway.cases.catalogue import Catalogue
from gateway.cases.catalogue_schema import ServiceItem
from gateway.settings import Settings
from knowledge_base.encoder import Encoder, load_encoder
from knowledge_base.hybrid import Document, HybridIndex, IndexDamaged

INDEX_FORMAT = "1"
KEPT_INDEXES = 4
"""Those of versions past, in force and to come, and of whoever runs an older program beside this one."""
# 中華五路 is no matter of 中華電信: a numbered road says where, not what.
_NUMBERED_ROAD = re.compile(r"[\u4e00-\u9fff]{2}[一二三四五六七八九十]路(?:[一二三四五六七八九十]段)?")
# What whoever writes a report down adds to every one of them; it says nothing about the matter.
_FRAME = re.compile(
    r"渠?反映|[,，。]?(?:建請|望請|敬請|煩請|請)(?:盡速|儘速|會同)?(?:查處|查修|查察|清除|修復|修繕|改善|稽查|處理)"
    r"|[(（][^()（）]*[)）]|陳情人|○+號?"
)


class ItemIndex:
    """Ranks every service item of one catalogue."""

    def __init__(self, index: HybridIndex) -> None:
        self._index = index

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Every item code with its score, best first."""
        ranked = self._index.rank(plain_words(text), k=len(self._index.ids))
        return [(row.id, row.score) for row in ranked]


def plain_words(text: str) -> str:
    """The matter itself, without numbered roads and the phrases that frame a report; never nothing."""
    return _FRAME.sub(" ", _NUMBERED_ROAD.sub(" ", text)).strip() or text


def open_catalogue(settings: Settings, encoder: Encoder | None = None) -> Catalogue:
    """The shipped catalogue, ready to guess; its vectors are kept in the data folder per version."""
    catalogue = Catalogue.load()
    return catalogue.guessing_by(ItemIndexes(settings, encoder).of(catalogue))


class ItemIndexes:
    """Builds the index of a catalogue, or takes the one that an earlier run kept in the data folder."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None) -> None:
        self._folder = settings.data_dir / "cases"
        self._encoder = encoder or load_encoder(settings)

    def of(self, catalogue: Catalogue) -> ItemIndex:
        """The index of one version."""
        return ItemIndex(_index(catalogue, self._encoder, self._folder))


def documents(catalogue: Catalogue) -> list[Document]:
    """One document per item: its names, keywords and examples are ways to say it."""
    return [Document(item.code, _titles(item), "、".join(item.keywords)) for item in catalogue.items.values()]


def _titles(item: ServiceItem) -> tuple[str, ...]:
    return (item.name_zh, item.name_en, *item.keywords, *item.examples)


def _index(catalogue: Catalogue, encoder: Encoder, folder: Path) -> HybridIndex:
    key = f"{INDEX_FORMAT}|{catalogue.version}|{encoder.name}|{encoder.dimension}"
    home = folder / f"items-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    if home.is_dir():
        try:
            return HybridIndex.load(home, encoder)
        except IndexDamaged:
            shutil.rmtree(home)
    index = HybridIndex.build(documents(catalogue), encoder)
    _keep(index, home)
    return index


def _keep(index: HybridIndex, home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = home.with_name(f"draft-{secrets.token_hex(6)}")
    draft.mkdir()
    index.save(draft)
    try:
        draft.replace(home)
    except OSError:
        # Another process kept the same index first; either copy will do.
        shutil.rmtree(draft)
        if not home.is_dir():
            raise
    kept = sorted(home.parent.glob("items-*"), key=_age)
    for old in kept[KEPT_INDEXES:]:
        shutil.rmtree(old, ignore_errors=True)


def _age(folder: Path) -> float:
    """Seconds, the youngest first; one that another process removed meanwhile is the oldest."""
    try:
        return -folder.stat().st_mtime
    except OSError:
        return 0.0
