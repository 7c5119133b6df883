"""Alarms that stand, at the head of every page of the office."""

from typing import Any

from django import template

from service_provider.queries import alarms

register = template.Library()


@register.inclusion_tag("service_provider/_alarms.html")
def standing_alarms() -> dict[str, Any]:
    return {"alarms": alarms.list_live()}
