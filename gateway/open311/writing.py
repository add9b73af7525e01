"""Answers of GeoReport v2 as JSON and as XML, from the same facts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from fastapi import Response

from gateway.open311.rules import Format

Facts = Mapping[str, Any]
MEDIA_TYPES = {Format.JSON: "application/json; charset=utf-8", Format.XML: "text/xml; charset=utf-8"}
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ONE_OF = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What the elements of a list are called."""


def written(root: str, facts: Facts | Sequence[Facts], form: Format, status: int = 200) -> Response:
    """The answer; `root` is the name of XML's outermost element."""
    if form is Format.XML:
        body = ET.tostring(_element(root, facts), encoding="utf-8", xml_declaration=True)
    else:
        body = json.dumps(facts, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, status, media_type=None, headers={"content-type": MEDIA_TYPES[form]})


def _element(name: str, value: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, Mapping):
        element.extend(_element(key, part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        element.extend(_element(_ONE_OF[name], part) for part in value)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _NOT_IN_XML.sub("", str(value))
    return element
