"""Money and moments as the mall shows them: `{{ row.price_minor|money:mall }}`, `{{ row.at|when:mall }}`."""

from datetime import datetime

from django import template
from django.utils.formats import date_format

from service_provider.queries.mall import MallSettings

register = template.Library()


@register.filter
def money(minor: int, mall: MallSettings) -> str:
    return mall.money(minor)


# Not `|date`: that filter would turn the moment back into the server's zone.
@register.filter
def when(moment: datetime, mall: MallSettings) -> str:
    return date_format(mall.local(moment), "j M Y, H:i")
