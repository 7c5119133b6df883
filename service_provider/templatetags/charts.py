"""{% load charts %}{% chart chart %}: a picture, its moment, and the same data as a table one click away."""

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("service_provider/_chart.html", takes_context=True)
def chart(context: template.Context, chart: Any) -> dict[str, Any]:
    """`chart` is a `dashboard.charts.Chart`."""
    return {"chart": chart, "request": context.get("request"), "actor": context.get("actor")}
