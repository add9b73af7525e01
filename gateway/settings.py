"""Every setting of the platform, in one place, read from WST_* environment variables."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from email.utils import parseaddr
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from limits import parse
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_DATABASES = ("sqlite", "postgresql", "postgres")
_AGENCIES = ("public", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
_PUSH_SERVICES = (
    "fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com", "*.notify.windows.com",
)  # fmt: skip
PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Settings of one run. Safe defaults; no secret has a default value."""

    model_config = SettingsConfigDict(env_prefix="WST_", env_file=None, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    data_dir: Path = PROJECT_ROOT / "var"
    database_url: str | None = None
    """SQLAlchemy URL; without one, SQLite inside `data_dir`."""

    workers: int = Field(default=1, ge=1, le=64)
    """Gateway processes; more than one need PostgreSQL and Redis."""
    redis_url: str | None = None
    """`redis://…`, `rediss://…` or `unix://…`: live news and rate limits of several processes."""

    secret_key: SecretStr | None = None
    """Signs conversation tokens and case codes; without one, made once and kept in `data_dir`."""

    public_url: str | None = None
    """Address under which citizens reach the gateway; default: the address of the request."""
    allowed_origins: Annotated[list[str], NoDecode] = Field(default_factory=list)
    """Other web origins (scheme://host[:port], comma separated) that may embed the widget."""
    trusted_proxies: Annotated[list[str], NoDecode] = Field(default_factory=list)
    """Addresses of reverse proxies whose X-Forwarded-For is believed."""

    rasa_url: str = "http://127.0.0.1:5005"
    action_token: SecretStr | None = None
    """What Rasa shows at the action endpoint; without one only this machine may call it."""
    rasa_timeout_seconds: float = Field(default=5.0, gt=0)
    rasa_epoch_turns: int = Field(default=12, ge=1)
    """Turns after which a conversation continues on a fresh Rasa tracker (bounds latency)."""

    message_max_chars: int = Field(default=1000, ge=1)
    conversation_ttl_hours: int = Field(default=72, ge=1)
    rate_conversation: str = "30/minute"
    rate_address_messages: str = "240/minute"
    rate_address_conversations: str = "60/minute"
    rate_case_lookup: str = "20/minute"
    rate_address_uploads: str = "120/hour"
    rate_filing: str = "30/hour"
    """Cases and letters from one address by the web form."""
    rate_open311: str = "300/minute"
    """Requests from one address to Open311 and Open1999."""

    open311_jurisdiction: str = "kaohsiung.gov.tw"
    """How Open311 clients name this city."""

    staffed_hours: str = "24h"
    """When people answer in the chat: `24h`, `08:00-22:00` or `1-5 08:00-17:30` (1 is Monday)."""
    lines_full_share: float = Field(default=0.9, gt=0, le=1)
    """From which share of busy telephone lines on citizens are told that the lines are full."""
    lag_threshold: float = Field(default=0.05, gt=0, le=1)
    """From which share of completions that were due and are not done on a unit says why (DOMAIN: 5 %)."""
    service_level_seconds: int = Field(default=20, ge=1, le=3600)
    """Whoever waits and is taken by a person within so many seconds counts for the service level."""
    operator_capacity: int = Field(default=4, ge=1, le=20)
    """Conversations that one operator leads at once, unless they say otherwise."""
    quality_sample: int = Field(default=3, ge=1, le=50)
    """Conversations that are drawn of each operator for quality sheets, unless a draw says otherwise."""
    call_back_keep_days: int = Field(default=30, ge=1)
    """Days after the end of a call-back until its number and matter are forgotten."""
    waiting_silent_minutes: int = Field(default=30, ge=5)
    """Without any sign of a waiting citizen for so long, their place in line is given up."""

    assignment: Literal["offer", "by_hand"] = "offer"
    """Whether who waits is offered to an operator with place and skill, or only picked by hand."""
    offer_seconds: int = Field(default=30, ge=5, le=600)
    """So long an operator is asked; then the next one is, and they are paused."""
    answer_within_minutes: int = Field(default=10, ge=0)
    """A citizen left without a word for so long by who is in charge goes back to the queue; 0: never."""
    citizen_silent_minutes: int = Field(default=20, ge=0)
    """A conversation whose citizen says nothing for so long goes back to the bot; 0: never."""

    embedding_model: str | None = None
    """Path or hub name of a sentence-transformers model; default: the packaged encoder."""

    cost_wrong_answer: float = Field(default=5.0, ge=0)
    """What a wrong answer costs a citizen, beside the other costs; only their proportions matter."""
    cost_declined: float = Field(default=2.0, ge=0)
    """What it costs to say that nothing is known where there is an entry."""
    cost_asked: float = Field(default=0.5, ge=0)
    """What it costs to ask back where the right topic is among those offered."""
    cost_asked_in_vain: float = Field(default=1.2, ge=0)
    """What it costs to ask back where it is not."""
    faq_own_review: bool = False
    """Whether who wrote a draft of the FAQ may publish it too, where nobody else is there to look at it."""
    evaluation_set: Path | None = None
    """Folder with `in_scope.jsonl` and `out_of_scope.jsonl`, on which the effect of publishing is reckoned;
    default: what ships."""

    llm_url: str | None = None
    """Base address of an OpenAI-compatible endpoint (before `/chat/completions`); none: no language model."""
    llm_model: str | None = None
    """Name of its model; needed with `llm_url`."""
    llm_key: SecretStr | None = None
    """What is shown to it as bearer token, if it wants one."""
    llm_timeout_seconds: float = Field(default=2.0, gt=0, le=4)
    """The whole of one call; Rasa's own limit must leave room for it."""

    session_idle_minutes: int = Field(default=30, ge=1)
    """After so long without use, staff must sign in again."""
    session_hours: int = Field(default=12, ge=1)
    """After so long staff must sign in again, however busy they were."""
    require_totp_roles: Annotated[list[str], NoDecode] = Field(default_factory=list)
    """Roles whose holders must set up a second factor (comma separated)."""
    oidc_issuer: str | None = None
    """Address of the OpenID Connect provider; without one there is no single sign-on."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_username_claim: str = "preferred_username"
    """Which claim of the ID token holds the account's name."""

    reopen_days: int = Field(default=14, ge=0)
    """Days after the closing in which the citizen may ask, once, to reopen a case."""
    conversion_clock: Literal["conversion", "receipt"] = "conversion"
    """From when the clock of a converted case runs."""

    attachments_dir: Path | None = None
    """Where files of cases lie; default: `attachments` inside `data_dir`."""
    clamd: str | None = None
    """ClamAV's daemon, `tcp://host[:port]` or `unix:/path`; without one files are not scanned."""

    duplicate_metres: int = Field(default=250, ge=1, le=5_000)
    """Within so many metres a case of the same item may be the same matter."""
    duplicate_days: int = Field(default=14, ge=0)
    """For so many days after its closing a case is shown to who reports the same again."""

    smtp_host: str | None = None
    """Where e-mail is handed in; without one, e-mails wait in the outbox."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = None
    """Sender of every e-mail: an address, or `Name <address>`; needed with `smtp_host`."""
    smtp_tls: Literal["starttls", "implicit", "none"] = "starttls"
    reminder_hours: str = "07:00-21:00"
    """When reminders may arrive on working days; items marked for the night are excepted."""

    line_channel_secret: SecretStr | None = None
    """Signs what LINE sends; without one there is no webhook of LINE."""
    line_channel_access_token: SecretStr | None = None
    """Opens LINE's API; needed with `line_channel_secret`."""
    line_api_base: str | None = None
    """Another address for both of LINE's hosts: a proxy, or a stand-in for tests."""
    line_basic_id: str | None = None
    """The account's id as citizens see it, with its @: for links and QR codes that open the chat."""
    line_pushes_a_second: int = Field(default=100, ge=1, le=2000)
    """How fast pushes leave one process."""
    line_monthly_pushes: int | None = Field(default=None, ge=1)
    """What the plan includes; default: what LINE says."""
    line_quota_warning: float = Field(default=0.8, gt=0, le=1)
    """From which share of the month's pushes on supervisors are warned."""
    line_intake: Literal["on", "off"] = "on"
    """`off`: what LINE brings is stored and answered with 200, and carried out once it is on again."""
    outbox_worker: Literal["embedded", "separate"] = "embedded"
    """Who delivers what leaves the house: the gateway itself, or `wanshitong worker` (PostgreSQL only)."""
    quiet_hours: str = "21:00-08:00"
    """When citizens' telephones are not rung for what can wait until the morning; `off`: never quiet."""

    webhook_networks: Annotated[list[str], NoDecode] = Field(default_factory=lambda: list(_AGENCIES))
    """Where agencies' own systems may be told events: networks, single addresses, or `public` for the open
    internet (comma separated). Loopback and this machine only where their addresses are named."""
    webhook_plain_http: bool = False
    """Whether `http:` will do, for a closed network without certificates."""

    web_push: bool = False
    """Whether a citizen's browser may be told of answers through its maker's push service."""
    web_push_contact: str | None = None
    """Whom the push services may write to: `mailto:…` or `https://…`; needed with `web_push`."""
    web_push_services: Annotated[list[str], NoDecode] = Field(default_factory=lambda: list(_PUSH_SERVICES))
    """Hosts of push services that may be posted to (comma separated; `*.` for any part before)."""

    sms: Literal["off", "record"] = "off"
    """`record` writes text messages into `sms.jsonl` of `data_dir` instead of sending them."""
    sms_carrier: str | None = None
    """The city's own provider of text messages, `module:Class`."""

    news_per_minute: int = Field(default=600, ge=1, le=60_000)
    """How many letters of one piece of city news leave in a minute, unless it says otherwise."""

    report_rows_at_once: int = Field(default=5_000, ge=0)
    """A file of so many rows comes at once; a longer one is made in the background."""
    report_files_hours: int = Field(default=72, ge=1)
    """Hours after which a file that was made in the background is thrown away."""
    map_tiles: str | None = None
    """Address of a tile server, such as `https://tiles.example.gov.tw/{z}/{x}/{y}.png`; none: maps show the
    outlines that ship, and no page loads anything from another host."""
    map_attribution: str = ""
    """What the tile server's terms want to be said on the map; needed with `map_tiles`."""
    public_minutes: int = Field(default=10, ge=1, le=1440)
    """How old the public page's figures and the running month's open data may be."""

    timezone: str = "Asia/Taipei"
    figures_live_from: str | None = None
    """The first month, such as 2019-01, of which the platform's own counts are whole in the half-year report;
    none: the month after its audit trail began."""
    office_windows: str = "08:00-12:00,13:30-17:30"
    log_level: str = "INFO"
    log_json: bool = False

    @field_validator(
        "allowed_origins",
        "trusted_proxies",
        "require_totp_roles",
        "webhook_networks",
        "web_push_services",
        mode="before",
    )
    @classmethod
    def _by_commas(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [part.strip() for part in value.split(",") if part.strip()]

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, value: str | None) -> str | None:
        try:
            known = value is None or make_url(value).get_backend_name() in _DATABASES
        except ArgumentError:
            known = False
        if not known:
            raise ValueError("not the URL of an SQLite or PostgreSQL database")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        there = parts.hostname if parts.scheme in {"redis", "rediss"} else parts.path
        if value is not None and not (parts.scheme in {"redis", "rediss", "unix"} and there):
            raise ValueError("not redis://host:port, rediss://host:port or unix:///path")
        return value

    @field_validator(
        "rate_conversation",
        "rate_address_messages",
        "rate_address_conversations",
        "rate_case_lookup",
        "rate_address_uploads",
        "rate_filing",
        "rate_open311",
    )
    @classmethod
    def _is_a_rate(cls, value: str) -> str:
        try:
            parse(value)
        except ValueError:
            raise ValueError("not a rate, such as 30/minute") from None
        return value

    @field_validator("clamd")
    @classmethod
    def _is_a_socket(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value is not None and not (
            (parts.scheme == "tcp" and parts.hostname) or (parts.scheme == "unix" and parts.path)
        ):
            raise ValueError("not tcp://host:port or unix:/path")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _is_an_issuer(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if value is not None and not here and not (parts.scheme == "https" and parts.hostname):
            raise ValueError("not an https address")
        return value

    @field_validator("llm_url", "line_api_base")
    @classmethod
    def _is_an_endpoint(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value is not None and not (parts.scheme in {"http", "https"} and parts.hostname):
            raise ValueError("not an http address")
        return value

    @field_validator("figures_live_from")
    @classmethod
    def _is_a_month(cls, value: str | None) -> str | None:
        if value is not None and re.fullmatch(r"2[01]\d\d-(0[1-9]|1[0-2])", value) is None:
            raise ValueError("not a month, such as 2019-01")
        return value

    @field_validator("map_tiles")
    @classmethod
    def _is_a_tile_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
        plain = re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc) is not None
        named = all(f"{{{part}}}" in (value or "") for part in "zxy")
        if value is not None and not ((here or parts.scheme == "https") and plain and named):
            raise ValueError("not an https address of tiles with {z}, {x} and {y}")
        return value

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):
            raise ValueError("not a time zone, such as Asia/Taipei") from None
        return value

    @field_validator("reminder_hours")
    @classmethod
    def _is_one_window(cls, value: str) -> str:
        hour = r"([01]\d|2[0-3]):[0-5]\d"
        found = re.fullmatch(rf"(?P<first>{hour})-(?P<last>{hour})", value)
        if found is None or found["first"] >= found["last"]:
            raise ValueError("not one window of a day, such as 07:00-21:00")
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _is_a_span(cls, value: str) -> str:
        hour = r"([01]\d|2[0-3]):[0-5]\d"
        found = re.fullmatch(rf"(?P<first>{hour})-(?P<last>{hour})", value)
        if value != "off" and (found is None or found["first"] == found["last"]):
            raise ValueError("not a span of hours, such as 21:00-08:00, nor off")
        return value

    @model_validator(mode="after")
    def _shares_its_outbox(self) -> Settings:
        if self.outbox_worker == "separate" and make_url(self.database).get_backend_name() == "sqlite":
            raise ValueError("WST_OUTBOX_WORKER=separate needs PostgreSQL (WST_DATABASE_URL)")
        return self

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, value: list[str]) -> list[str]:
        for name in value:
            try:
                name == "public" or ip_network(name, strict=False)
            except ValueError:
                raise ValueError(f"{name} is neither a network, such as 10.0.0.0/8, nor public") from None
        return value

    @field_validator("sms_carrier")
    @classmethod
    def _names_a_class(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[\w.]+:\w+", value):
            raise ValueError("not module:Class")
        return value

    @model_validator(mode="after")
    def _sends_texts_one_way(self) -> Settings:
        if self.sms != "off" and self.sms_carrier is not None:
            raise ValueError("WST_SMS and WST_SMS_CARRIER: set only one of them")
        return self

    @model_validator(mode="after")
    def _names_a_contact(self) -> Settings:
        if self.web_push and not re.fullmatch(
            r"mailto:[^@\s]+@[^@\s]+|https://\S+", self.web_push_contact or ""
        ):
            raise ValueError("WST_WEB_PUSH_CONTACT must be mailto:… or https://… when WST_WEB_PUSH is on")
        return self

    @model_validator(mode="after")
    def _has_a_sender(self) -> Settings:
        address = parseaddr(self.smtp_from or "")[1]
        if self.smtp_host is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
            raise ValueError("WST_SMTP_FROM must be an e-mail address when WST_SMTP_HOST is set")
        return self

    @model_validator(mode="after")
    def _can_answer_on_line(self) -> Settings:
        if self.line_channel_secret is not None and self.line_channel_access_token is None:
            raise ValueError("WST_LINE_CHANNEL_ACCESS_TOKEN must be set when WST_LINE_CHANNEL_SECRET is")
        return self

    @model_validator(mode="after")
    def _names_who_drew_the_map(self) -> Settings:
        if self.map_tiles is not None and not self.map_attribution.strip():
            raise ValueError("WST_MAP_ATTRIBUTION must be set when WST_MAP_TILES is")
        return self

    @model_validator(mode="after")
    def _names_its_model(self) -> Settings:
        if self.llm_url is not None and not self.llm_model:
            raise ValueError("WST_LLM_MODEL must be set when WST_LLM_URL is")
        return self

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'wanshitong.db'}"

    @property
    def sends_texts(self) -> bool:
        """Whether text messages are sent, or recorded."""
        return self.sms != "off" or self.sms_carrier is not None

    def redis_prefix(self) -> str:
        """How all names of this platform in Redis begin: another platform may use the same server."""
        return f"wst:{hashlib.sha256(b'redis' + self.signing_key()).hexdigest()[:16]}"

    def signing_key(self) -> bytes:
        """The key that signs tokens and codes; created on first use with owner-only permission."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        return self.kept_secret("secret.key", lambda: secrets.token_urlsafe(48).encode())

    def kept_secret(self, name: str, make: Callable[[], bytes]) -> bytes:
        """A secret of its own file in `data_dir`, made on first use and readable by the owner alone."""
        path = self.data_dir / name
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"secret.{secrets.token_hex(8)}")
            draft.touch(mode=0o600)
            draft.write_bytes(make())
            try:
                path.hardlink_to(draft)
            except FileExistsError:
                pass  # another worker was first; its key is the one
            finally:
                draft.unlink()
        return path.read_bytes()


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
