"""A report as one HTML file: no script, nothing from another host. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from gateway.measures import plots
from gateway.measures.document import Bars, Document, Matrix, Misses, Reliability, Table

_STYLE = """
:root{color-scheme:light dark;--ink:#1a1f24;--soft:#57606a;--paper:#fff;--line:#d5dae0;--ground:#eceff3;
--bar:#2f6fb5;--right:#2e8b57;--wrong:#c8501e;--target:#9a3412;--missed:#b42318;--met:#1a7f4b}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#a3adb8;--paper:#14181c;--line:#39414a;
--ground:#262d34;--bar:#5a9be0;--right:#3fae72;--wrong:#e0703c;--target:#f0a060;--missed:#ff8a7a;--met:#5fd598}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,"Noto Sans TC","Microsoft JhengHei",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}h2{font-size:1.125rem;margin:2rem 0 .5rem}
.about,.note{color:var(--soft);margin:.25rem 0}
.wide{overflow-x:auto}table{border-collapse:collapse;min-width:100%;font-size:.9rem;overflow-wrap:normal}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top;
font-variant-numeric:tabular-nums}
td{white-space:nowrap}td:first-child{min-width:8rem;white-space:normal}
th{font-weight:600;color:var(--soft);vertical-align:bottom}
.missed{color:var(--missed);font-weight:600}.met{color:var(--met)}
svg{display:block;max-width:100%;overflow:visible}svg.square{width:min(100%,34rem)}
svg text{fill:var(--ink);font:12px system-ui,"Noto Sans TC",sans-serif}
svg.small text{font-size:11px}svg .soft{fill:var(--soft);font-size:11px}
.ground{fill:var(--ground)}.bar{fill:var(--bar)}.dot{fill:var(--bar);fill-opacity:.75}
.right{fill:var(--right)}.wrong{fill:var(--wrong)}
.reach{stroke:var(--ink);stroke-width:1.5}.grid{stroke:var(--line);stroke-width:1}
.target{stroke:var(--target);stroke-width:2;stroke-dasharray:4 3}
.case{border-left:3px solid var(--line);padding:.1rem 0 .1rem .75rem;margin:.75rem 0}
.case p{margin:0;font-weight:600}
dl{margin:0;font-size:.9rem}dl div{display:flex;flex-wrap:wrap;column-gap:.5rem}
dt{color:var(--soft)}dd{margin:0;flex:1 1 14rem}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(document: Document) -> str:
    """The report as a page that can be mailed, opened from a disk, and read on a telephone."""
    parts = "".join(_PARTS[type(part)](part) for part in document.parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(document.title)}</title><style>{_STYLE}</style></head><body><main>"
        f'<h1>{escape(document.title)}</h1><p class="about">{escape(document.about)}</p>{parts}'
        "</main></body></html>\n"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _table(part: Table) -> str:
    head = "".join(f'<th scope="col">{escape(word)}</th>' for word in part.head)
    rows = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in part.rows)
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in part.notes)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return _section(part.title, f'<div class="wide" tabindex="0">{table}</div>{notes}')


def _cell(word: str) -> str:
    for verdict in ("MISSED", "met"):
        if word.endswith(f" {verdict}"):
            return f'<td class="{verdict.lower()}">{escape(word)}</td>'
    return f"<td>{escape(word)}</td>"


def _misses(part: Misses) -> str:
    return _section(part.title, "".join(_case(*case) for case in part.cases))


def _case(words: str, facts: tuple[tuple[str, str], ...]) -> str:
    told = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(fact)}</dd></div>" for name, fact in facts)
    return f'<div class="case"><p>{escape(words)}</p><dl>{told}</dl></div>'


_PARTS: Mapping[type[Any], Any] = {
    Table: _table,
    Misses: _misses,
    Bars: lambda part: _section(part.title, plots.bars(part)),
    Matrix: lambda part: _section(part.title, plots.matrix(part)),
    Reliability: lambda part: _section(part.title, plots.reliability(part)),
}
