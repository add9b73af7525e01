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

from gateway.identity.rules import Permission, StaffRole
from gateway.identity.views import SYSTEM
from tests.console.people import hire
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
    assert len(operations) == 67
    answered: dict[str, set[int]] = {}
    token, waiting = supervisors_token(gateway), gateway.open().id
    for operation in operations:
        seen = answered.setdefault(operation.label, set())
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.NEGATIVE and not can_be_wrong(operation):
                continue
            ask(operation, mode, seen, {}, {})
            if operation.path.startswith(("/api/v1/operator", "/api/v1/call-centre")):
                ask(operation, mode, seen, {"conversation_id": waiting}, {"authorization": f"Bearer {token}"})
            elif CONVERSATION in operation.path:
                talk = gateway.open()
                ask(operation, mode, seen, {"conversation_id": talk.id}, talk.headers)
    assert answered["POST /api/v1/conversations"] >= {201, 422}
    assert answered[f"POST /api/v1/conversations/{CONVERSATION}/messages"] >= {201, 401, 422}
    assert answered[f"GET /api/v1/conversations/{CONVERSATION}/messages"] >= {200, 401, 422}


def supervisors_token(gateway: Gateway) -> str:
    """A bearer token with all that the desk of conversations asks for."""
    identity = gateway.app.state.identity
    hire(identity, "boss", StaffRole.SUPERVISOR)
    scopes = {Permission.CHAT_TAKE, Permission.CHAT_OVERSEE, Permission.LINES_REPORT}
    with gateway.database.write() as session:
        account = next(one for one in identity.accounts(session) if one.username == "boss")
        return str(
            identity.issue_token(session, "desk", scopes=scopes, by=SYSTEM, account_id=account.id).token
        )


def can_be_wrong(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Whether something can be sent that the description forbids: any text at all is a text."""
    schemas = [one.definition.get("schema", {}) for one in operation.iter_parameters()]
    any_text = [{"type": "string"}, {"type": "null"}]
    schemas = [schema for schema in schemas if schema.get("anyOf") != any_text]
    plain = {"type", "title", "default", "description", "maxLength"}
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
