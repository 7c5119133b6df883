"""The page /api/docs, drawn on the server from the OpenAPI document: no script, no other host."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

# In words, for the reader of the page; the document says which operation gives which.
WHEN = {
    400: "The body is not JSON.",
    401: "No key, or a key that is not live. The header WWW-Authenticate says what is expected.",
    403: "The key lacks the scope.",
    404: "Nothing there, or it belongs to another key.",
    405: "The address takes another method; the header Allow names it.",
    409: "The first request under this Idempotency-Key is still being answered (with Retry-After: try again then); "
    "or the coupon cannot be used, and reason and say tell why.",
    413: "The body is larger than 16 KiB, or 64 KiB for events.",
    422: "A value cannot be used (errors names each), or the Idempotency-Key was used with another body.",
    429: "More than 600 requests in a minute for one key, too many events of one visitor, or 20 wrong codes within ten "
    "minutes. The header Retry-After says how long to wait.",
    500: "An accident on the mall's side.",
    503: "No model is in use just now, or events cannot be kept this moment. Try again after Retry-After.",
}


class Page(DocsBase):
    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        document = api.get_openapi_schema()
        context = {
            "document": document,
            "operations": list(_operations(document)),
            "problems": WHEN.items(),
            "host": request.build_absolute_uri("/").rstrip("/"),
        }
        return render(request, "api/docs.html", context)


def _operations(document: Any) -> Any:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield {
                "method": method.upper(),
                "path": path,
                "id": operation["operationId"],
                "summary": operation["summary"],
                "description": operation.get("description", ""),
                "parameters": [_parameter(p) for p in operation["parameters"]],
                "body": _body(operation, document),
                "example": _example(operation, document),
                "answers": [
                    _answer(status, a, document) for status, a in sorted(operation["responses"].items())
                ],
            }


def _parameter(parameter: Any) -> dict[str, Any]:
    return {
        "name": parameter["name"],
        "where": parameter["in"],
        "required": parameter["required"],
        "kind": _kind(parameter["schema"]),
        "text": parameter.get("description", ""),
    }


def _resolved(schema: Any, document: Any) -> Any:
    reference = schema.get("$ref")
    return document["components"]["schemas"][reference.rsplit("/", 1)[-1]] if reference else schema


def _schema_of(content: Any, document: Any) -> Any:
    for described in content.values():
        return _resolved(described["schema"], document)
    return {}


def _fields(schema: Any, document: Any) -> list[dict[str, Any]]:
    """One line a property; the properties of an object inside stand below it with a dot."""
    lines = []
    for name, described in schema.get("properties", {}).items():
        inner = _resolved(described, document)
        lines.append(
            {
                "name": name,
                "required": name in schema.get("required", ()),
                "kind": _kind(inner),
                "text": inner.get("description", ""),
            }
        )
        if inner.get("properties"):
            lines += [line | {"name": f"{name}.{line['name']}"} for line in _fields(inner, document)]
    return lines


def _kind(schema: Any) -> str:
    """What may stand there, in a few words."""
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    words = [schema.get("format") or schema.get("type", "")]
    bounds = (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"), ("maxLength", "at most"))
    words += [f"{word} {schema[bound]}" for bound, word in bounds if bound in schema]
    return " ".join(words) + (" characters" if "maxLength" in schema else "")


def _body(operation: Any, document: Any) -> list[dict[str, Any]]:
    return _fields(_schema_of(operation.get("requestBody", {}).get("content", {}), document), document)


def _example(operation: Any, document: Any) -> str:
    schema = _schema_of(operation.get("requestBody", {}).get("content", {}), document)
    values = {name: p["examples"][0] for name, p in schema.get("properties", {}).items() if p.get("examples")}
    return json.dumps(values, indent=2) if values else ""


def _answer(status: int, answer: Any, document: Any) -> dict[str, Any]:
    schema = _schema_of(answer.get("content", {}), document)
    good = int(status) < 400
    return {
        "status": status,
        "text": answer["description"],
        "good": good,
        "fields": _fields(schema, document) if good else [],
    }
