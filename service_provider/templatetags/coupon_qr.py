"""{% coupon_qr code %}: a coupon's code as a QR picture that tills scan, drawn into the page."""

import segno
from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
SCALE, QUIET = 4, 4  # pixels a module; modules of white around, as the standard wants them


@register.simple_tag
def coupon_qr(code: str) -> SafeString:
    """The code has letters and digits only, so that the smallest QR holds it."""
    drawn = segno.make(code, error="m", micro=False).svg_inline(
        scale=SCALE, border=QUIET, light="#fff", dark="#000", omitsize=True, title=f"QR of the code {code}"
    )
    return mark_safe(drawn.replace("<svg ", '<svg role="img" ', 1))  # noqa: S308 - drawn above
