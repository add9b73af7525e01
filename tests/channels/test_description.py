"""The published description of the API is true, also for input nobody thought of."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.in_process import Gateway

EXAMPLES = 30
CHECKS: list[CheckFunction] = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    unsupported_method,
]  # fmt: skip
CONVERSATION = "{conversation_id}"


def test_every_operation_answers_as_described(gateway: Gateway) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", gateway.app)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == 19
    answered: dict[str, set[int]] = {}
    for operation in operations:
        seen = answered.setdefault(operation.label, set())
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.NEGATIVE and not can_be_wrong(operation):
                continue
            ask(operation, mode, seen, {}, {})
            if CONVERSATION in operation.path:
                talk = gateway.open()
                ask(operation, mode, seen, {"conversation_id": talk.id}, talk.headers)
    assert answered["POST /api/v1/conversations"] >= {201, 422}
    assert answered[f"POST /api/v1/conversations/{CONVERSATION}/messages"] >= {201, 401, 422}
    assert answered[f"GET /api/v1/conversations/{CONVERSATION}/messages"] >= {200, 401, 422}


def can_be_wrong(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Whether something can be sent that the description forbids: any text at all is a text."""
    schemas = [one.definition.get("schema", {}) for one in operation.iter_parameters()]
    plain = {"type", "title", "default", "description"}
    return bool(operation.body) or any(
        schema.get("type") != "string" or set(schema) - plain for schema in schemas
    )


def ask(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    seen: set[int],
    path: dict[str, str],
    headers: dict[str, str],
) -> None:
    """Ask many times for one operation; every answer must be as described."""
    given_path = {"path_parameters": path} if path else {}

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(mode, **given_path))
    def every_answer(case: Case) -> None:
        response = case.call(headers=headers)
        seen.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    every_answer()
