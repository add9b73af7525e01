"""What GeoReport v2 refuses, with the statuses of the standard: 400, 403, 404."""

from __future__ import annotations

from gateway.errors import InvalidInput, NotFound, PlatformError


class BadQuery(InvalidInput):
    """Something of the request cannot be used; `detail` says what, for whoever writes the program."""

    code = "open311_bad_request"
    status = 400
    zh = "參數不正確。"
    en = "A parameter is not valid."


class KeyRefused(PlatformError):
    """The api_key is missing, unknown, expired, or may not file."""

    code = "open311_api_key"
    status = 403
    zh = "缺少 api_key，或 api_key 無效。"
    en = "The api_key is missing or not valid."


class JurisdictionNotFound(NotFound):
    """This is not the city that was asked for."""

    code = "open311_jurisdiction"
    zh = "找不到這個 jurisdiction_id。"
    en = "The jurisdiction_id was not found."


class ServiceNotFound(NotFound):
    """No such service, or none that the public may see."""

    code = "open311_service"
    zh = "找不到這個 service_code。"
    en = "The service_code was not found."


class RequestNotFound(NotFound):
    """No such request, or none that the public may see: both look the same."""

    code = "open311_request"
    zh = "找不到這個 service_request_id。"
    en = "The service_request_id was not found."


class TokenUnknown(NotFound):
    """Nothing was filed under this token."""

    code = "open311_token"
    zh = "找不到這個 token。"
    en = "The token was not found."


class MethodRefused(PlatformError):
    """GeoReport v2 reads with GET and files with POST; there is nothing to change or to delete."""

    code = "open311_method"
    status = 405
    zh = "這個網址只能用 GET 查詢、用 POST 通報。"
    en = "This address answers GET and POST only."


class AddressNotFound(NotFound):
    """GeoReport v2 has nothing at this address."""

    code = "open311_address"
    zh = "沒有這個網址。"
    en = "There is nothing at this address."
