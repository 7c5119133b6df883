"""Errors of the API, all in one shape: problem details (RFC 9457), `application/problem+json`."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from pydantic import Field

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


class FieldError(Schema):
    """One value that was refused: where it stood (`body`, `header`, `path`), its name, and why."""

    where: str
    name: str
    detail: str


class ProblemDetails(Schema):
    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError]


class Refusal(ProblemDetails):
    """A problem with what staff and shopper need to know of it."""

    reason: str = Field("", description="For machines and staff, for instance expired or min_basket.")
    say: str = Field(
        "", description="One polite sentence for the shopper; it does not tell whether a code exists."
    )


class Problem(Exception):
    """Ends a request with that status."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        reason: str = "",
        say: str = "",
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers or {}
        self.told = {name: text for name, text in (("reason", reason), ("say", say)) if text}

    def body(self) -> str:
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "errors": list(self.errors),
        }
        return json.dumps(body | self.told)

    def response(self) -> HttpResponse:
        return HttpResponse(self.body(), status=self.status, content_type=CONTENT_TYPE, headers=self.headers)


def _of_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem.response()


def _of_authentication(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    headers = {"WWW-Authenticate": 'Bearer realm="mall"'}
    return Problem(401, "Send a live key in the header Authorization: Bearer ...", headers=headers).response()


def _of_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [_field_error(fault) for fault in error.errors]
    return Problem(422, "Some values cannot be used.", errors=errors).response()


def _field_error(fault: Mapping[str, Any]) -> dict[str, str]:
    where, *path = fault["loc"]
    # ninja puts the name of the view's argument between "body" and the field.
    names = [str(part) for part in path if not (where == "body" and part == "asked")]
    detail = str(fault["msg"]).removeprefix("Value error, ")
    return {"where": str(where), "name": ".".join(names), "detail": detail}


def _of_http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return Problem(error.status_code, str(error)).response()


def _of_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return Problem(404, "There is nothing here, or it is not this key's.").response()


def _of_accident(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("an API request failed: %s %s", request.method, request.path)
    return Problem(500, "Something broke on our side. It is in the log; please try again later.").response()


def speak_problems(api: NinjaAPI) -> None:
    """Teaches `api` to answer every exception with problem details."""
    handlers: dict[type[Exception], Any] = {
        Problem: _of_problem,
        AuthenticationError: _of_authentication,
        ValidationError: _of_validation,
        HttpError: _of_http,
        Throttled: _of_http,
        Http404: _of_missing,
        Exception: _of_accident,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


View = Callable[..., HttpResponse]


def bounded(view: View, *, max_bytes: int) -> View:
    """The view, with a limit on the body's length, and a refused method answered as a problem too."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or len(length) > 9 or int(length) > max_bytes:
            return Problem(413, f"The body may have at most {max_bytes} bytes.").response()
        try:
            answer = view(request, *args, **kwargs)
        except Http404 as error:
            return _of_missing(request, error)
        if isinstance(answer, HttpResponseNotAllowed):
            allowed = {"Allow": answer["Allow"]}
            return Problem(405, f"This address takes {answer['Allow']} only.", headers=allowed).response()
        return answer

    return guarded


def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    raise Http404(rest)


nothing_here.csrf_exempt = True  # type: ignore[attr-defined]
