"""What GeoReport v2 demands of answers, as JSON schemas in our own words."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": ["string", "null"]}
_TIME = {"type": "string", "format": "date-time"}
_MAYBE_TIME = {"anyOf": [_TIME, {"type": "null"}]}
DATATYPES = ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]


def _list_of(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _object(needed: list[str], /, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": needed, "properties": properties}


SERVICES = _list_of(
    _object(
        ["service_code", "service_name", "metadata", "type"],
        service_code={"type": "string"},
        service_name={"type": "string"},
        description=_TEXT,
        metadata={"type": "boolean"},
        type={"enum": ["realtime", "batch", "blackbox"]},
        keywords=_TEXT,
        group=_TEXT,
    )
)
DEFINITION = _object(
    ["service_code", "attributes"],
    service_code={"type": "string"},
    attributes=_list_of(
        _object(
            ["variable", "code", "datatype", "required"],
            variable={"type": "boolean"},
            code={"type": "string"},
            datatype={"enum": DATATYPES},
            required={"type": "boolean"},
            datatype_description=_TEXT,
            order={"type": ["integer", "null"]},
            description=_TEXT,
            values=_list_of(_object(["key", "name"], key={"type": "string"}, name={"type": "string"})),
        )
    ),
)
REQUESTS = _list_of(
    _object(
        ["service_request_id", "status", "service_code", "requested_datetime"],
        service_request_id={"type": "string"},
        status={"enum": ["open", "closed"]},
        status_notes=_TEXT,
        service_name=_TEXT,
        service_code={"type": "string"},
        description={"type": ["string", "null"], "maxLength": 4000},
        agency_responsible=_TEXT,
        service_notice=_TEXT,
        requested_datetime=_TIME,
        updated_datetime=_MAYBE_TIME,
        expected_datetime=_MAYBE_TIME,
        address=_TEXT,
        address_id=_TEXT,
        zipcode=_TEXT,
        lat={"type": ["number", "null"]},
        long={"type": ["number", "null"]},
        media_url=_TEXT,
    )
)
FILED = _list_of(_object(["service_request_id"], service_request_id={"type": "string"}, service_notice=_TEXT))
TOKENS = _list_of(
    _object(["service_request_id", "token"], service_request_id={"type": "string"}, token={"type": "string"})
)
ERRORS = _list_of(_object(["code", "description"], code={"type": "integer"}, description={"type": "string"}))
DISCOVERY = _object(
    ["changeset", "contact", "key_service", "endpoints"],
    endpoints=_list_of(
        _object(
            ["specification", "url", "changeset", "type", "formats"],
            type={"enum": ["production", "test", "acceptance"]},
            formats=_list_of({"enum": ["text/xml", "application/json"]}),
        )
    ),
)
