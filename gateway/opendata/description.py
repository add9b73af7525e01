"""The files described for people and programs: DCAT 3 as JSON-LD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from gateway.opendata.rules import FORMS, MEDIA_TYPES, Dataset, Month

_TEXTS: Final = Path(__file__).with_name("datasets.yml")
_MONTHLY: Final = "http://publications.europa.eu/resource/authority/frequency/MONTHLY"
_CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "csvw": "http://www.w3.org/ns/csvw#",
    "wst": "urn:wanshitong:opendata:",
}


@lru_cache(maxsize=1)
def texts() -> Mapping[str, Any]:
    """Titles, fields and terms in both languages."""
    read: Mapping[str, Any] = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    return read


def described(base: str, months: Sequence[Month]) -> Mapping[str, Any]:
    """The catalogue of all files; `base` is the address of the platform. The last month still runs."""
    told = texts()
    return {
        "@context": _CONTEXT,
        "@type": "dcat:Catalog",
        "@id": f"{base}/opendata/catalog.json",
        "dct:title": _both(told["catalogue"]),
        "dct:description": _both(told["catalogue"], "about_"),
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": _both(told["publisher"])},
        "dct:license": {"@id": told["licence"]["url"]},
        "dct:rights": _both(told["licence"]),
        "dct:accrualPeriodicity": {"@id": _MONTHLY},
        "dcat:contactPoint": {"@type": "vcard:Organization", "vcard:fn": _both(told["contact"])},
        "dcat:landingPage": {"@id": f"{base}/opendata/"},
        "wst:rhythm": _both(told["rhythm"]),
        "dcat:dataset": [_dataset(dataset, base, months) for dataset in Dataset],
    }


def _dataset(dataset: Dataset, base: str, months: Sequence[Month]) -> Mapping[str, Any]:
    told = texts()["datasets"][dataset.value]
    return {
        "@type": "dcat:Dataset",
        "@id": f"{base}/opendata/#{dataset}",
        "dct:identifier": dataset.value,
        "dct:title": _both(told),
        "dct:description": _both(told, "about_"),
        "dct:license": {"@id": texts()["licence"]["url"]},
        "dct:accrualPeriodicity": {"@id": _MONTHLY},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime", "dcat:startDate": months[0].first.isoformat(),
            "dcat:endDate": months[-1].last.isoformat(),
        },
        "csvw:tableSchema": {
            "csvw:columns": [
                {"csvw:name": name, "csvw:titles": _both(field), "csvw:datatype": field["type"],
                 **({"wst:unit": field["unit"]} if "unit" in field else {})}
                for name, field in told["fields"].items()
            ]
        },
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dct:title": f"{dataset}-{month}.{form}",
                "dcat:accessURL": {"@id": f"{base}/opendata/"},
                "dcat:downloadURL": {"@id": f"{base}/opendata/{dataset}/{month}.{form}"},
                "dcat:mediaType": MEDIA_TYPES[form].partition(";")[0],
                "dct:temporal": str(month),
                "wst:complete": month != months[-1],
            }
            for month in reversed(months)
            for form in FORMS[dataset]
        ],
    }  # fmt: skip


def _both(told: Mapping[str, Any], start: str = "") -> Sequence[Mapping[str, str]]:
    return [
        {"@language": "zh-TW", "@value": told[f"{start}zh"]},
        {"@language": "en", "@value": told[f"{start}en"]},
    ]
