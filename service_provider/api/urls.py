"""The API for machines; its document is at /api/docs and /api/openapi.json."""

from typing import Any

from django.urls import path
from django.urls.resolvers import URLPattern
from ninja import NinjaAPI

from service_provider.api import decisions, predictions, problems, tills
from service_provider.api.docs import Page

MAX_BODY_BYTES = 16 * 1024
LARGER = {"/v1/decisions/": decisions.MOST_BYTES}  # by their end


class MallApi(NinjaAPI):
    """ninja writes every answer down as JSON; refusals here are problem details."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        document = super().get_openapi_schema(**kwargs)
        for operation in (o for methods in document["paths"].values() for o in methods.values()):
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    answer["content"] = {problems.CONTENT_TYPE: answer["content"]["application/json"]}
        return document


api = MallApi(
    title="Mall API",
    version="1",
    description="For tills and other machines of the mall.",
    docs=Page(),
    docs_url="/docs",
    servers=[{"url": "/", "description": "This mall"}],
)
problems.speak_problems(api)
api.add_router("/v1", predictions.router)
api.add_router("/v1", decisions.router)
api.add_router("/pos/v1", tills.router)


def _most_bytes(pattern: URLPattern) -> int:
    return next((n for end, n in LARGER.items() if f"/{pattern.pattern}".endswith(end)), MAX_BODY_BYTES)


def _patterns() -> list[Any]:
    """ninja's own patterns, each view bounded, and behind them one that answers every other address."""
    patterns, _, _ = api.urls
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)
        pattern.callback = problems.bounded(pattern.callback, max_bytes=_most_bytes(pattern))
    return [*patterns, path("<path:rest>", problems.bounded(problems.nothing_here, max_bytes=MAX_BODY_BYTES))]


urls = (_patterns(), "ninja", api.urls_namespace)
