"""`wanshitong users …`: what it prints, what it does, and in whose name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from gateway.audit.models import AuditEntry
from gateway.cli_users import users
from gateway.database import Database
from gateway.errors import PlatformError, Unavailable
from gateway.identity.errors import (
    AccountNotFound,
    InvalidAccount,
    LastAdministrator,
    LoginRefused,
    TokenNotFound,
    UsernameTaken,
)
from gateway.identity.rules import Permission, StaffRole
from gateway.identity.service import IdentityService
from gateway.identity.views import ApiClient, Needs, Staff
from gateway.settings import Settings
from tests.identity.conftest import HERE

Run = Callable[..., str]


@pytest.fixture
def run(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, identity: IdentityService
) -> Run:
    """Runs a command on this test's database; what it printed. Its refusals are raised."""
    monkeypatch.setattr("gateway.identity.room.passwords", lambda: identity._passwords)
    monkeypatch.setattr("getpass.getuser", lambda: "root")
    settings = Settings(data_dir=tmp_path, secret_key="a key for the tests", database_url=database.url)

    def command(*words: str, exit_code: int = 0) -> str:
        result = CliRunner().invoke(users, words, obj=settings)
        if isinstance(result.exception, PlatformError):
            raise result.exception
        assert result.exit_code == exit_code, result.output
        return result.stdout

    return command


def password_in(printed: str) -> str:
    return printed.partition("one-time password ")[2].strip()


def listed(run: Run) -> dict[str, dict[str, object]]:
    rows = [json.loads(line) for line in run("list", "--json").splitlines()]
    return {row["username"]: row for row in rows}


def test_add_prints_a_password_that_works_once(
    run: Run, identity: IdentityService, database: Database
) -> None:
    printed = run("add", "Mary", "--role", "handler", "--unit", "養工處", "--name", "王小明", "--lang", "en")
    opened = identity.login("mary", password_in(printed), None, HERE)
    assert opened.needs is Needs.CHANGE_PASSWORD
    row = listed(run)["mary"]
    assert (row["roles"], row["units"]) == (["handler"], ["養工處"])
    assert (row["display_name"], row["language"], row["disabled"]) == ("王小明", "en", False)
    with database.read() as session:
        first = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).first()
    assert first is not None
    assert (first.act, first.actor, first.role, first.subject) == (
        "account.created", "cli:root", "terminal", "account:mary",
    )  # fmt: skip


def test_what_add_refuses(run: Run) -> None:
    run("add", "mary", "--role", "operator")
    with pytest.raises(UsernameTaken):
        run("add", "MARY", "--role", "operator")
    with pytest.raises(InvalidAccount, match="魔法部"):
        run("add", "tom", "--role", "handler", "--unit", "魔法部")
    with pytest.raises(InvalidAccount, match="unit"):
        run("add", "tom", "--role", "handler")
    run("add", "tom", exit_code=2)
    run("add", "tom", "--role", "king", exit_code=2)
    assert list(listed(run)) == ["mary"]


def test_disable_and_enable(run: Run, identity: IdentityService) -> None:
    password = password_in(run("add", "mary", "--role", "operator"))
    assert "disabled" in run("disable", "mary")
    assert listed(run)["mary"]["disabled"] is True
    assert "(disabled)" in run("list")
    with pytest.raises(LoginRefused):
        identity.login("mary", password, None, HERE)
    run("enable", "mary")
    identity.login("mary", password, None, HERE)


def test_roles_and_units(run: Run) -> None:
    run("add", "mary", "--role", "operator")
    printed = run(
        "role", "mary", "--add", "handler", "--add", "supervisor", "--remove", "operator", "--unit", "水利局"
    )
    assert "handler 承辦人員" in printed
    assert listed(run)["mary"]["roles"] == ["handler", "supervisor"]
    with pytest.raises(InvalidAccount):
        run("role", "mary", "--leave", "水利局")
    run("role", "mary", "--remove", "handler", "--leave", "水利局")
    row = listed(run)["mary"]
    assert (row["roles"], row["units"]) == (["supervisor"], [])


def test_the_last_administrator_stays(run: Run) -> None:
    run("add", "ann", "--role", "administrator")
    for words in (("disable", "ann"), ("role", "ann", "--add", "operator", "--remove", "administrator")):
        with pytest.raises(LastAdministrator):
            run(*words)
    assert listed(run)["ann"]["roles"] == ["administrator"]


def test_a_new_password_and_a_lost_telephone(run: Run, identity: IdentityService) -> None:
    old = password_in(run("add", "mary", "--role", "operator"))
    new = password_in(run("password", "mary"))
    with pytest.raises(LoginRefused):
        identity.login("mary", old, None, HERE)
    assert identity.login("mary", new, None, HERE).needs is Needs.CHANGE_PASSWORD
    assert "reset" in run("reset-totp", "mary")


def test_tokens(run: Run, identity: IdentityService) -> None:
    run("add", "mary", "--role", "operator")
    persons = run("token", "mary", "--days", "30").strip()
    programs = run("token", "路平專案", "--program", "--scope", "cases.file").strip()
    with identity.database.read() as session:
        mary, program = identity.token_holder(session, persons), identity.token_holder(session, programs)
    assert isinstance(mary, Staff)
    assert mary.roles == {StaffRole.OPERATOR}
    assert mary.may(Permission.CHAT_TAKE)
    assert isinstance(program, ApiClient)
    assert (program.name, program.scopes) == ("路平專案", {Permission.CASES_FILE})
    lines = run("tokens").splitlines()
    assert [line.split("\t")[1] for line in lines] == ["路平專案", "mary"]
    assert persons not in "".join(lines)
    run("revoke", lines[1].split("\t")[0])
    assert "revoked" in run("tokens")
    with identity.database.read() as session:
        assert identity.token_holder(session, persons) is None


def test_tokens_that_are_refused(run: Run) -> None:
    run("token", "x", "--program", "--scope", "users.manage", exit_code=2)
    run("token", "x", "--program", "--scope", "cases.file", "--days", "0", exit_code=2)
    with pytest.raises(InvalidAccount):
        run("token", "x", "--program")
    with pytest.raises(AccountNotFound):
        run("token", "nobody")
    with pytest.raises(TokenNotFound):
        run("revoke", "77")


def test_an_old_schema_is_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="a key for the tests")
    result = CliRunner().invoke(users, ["list"], obj=settings)
    assert isinstance(result.exception, Unavailable)
    assert "db upgrade" in result.exception.detail
