"""Mails about new coupons, to those who asked for them. The worker looks every half a minute.

A mail is claimed before it is sent: a worker that dies in between has told nobody, but nobody is ever told twice.
"""

import logging
from datetime import datetime

from django.core.mail import send_mail
from django.template.loader import render_to_string

from service_provider.queries import mall
from service_provider.queries.orders import milliseconds
from service_provider.queries.people import coupon_mails
from service_provider.queries.people.coupon_mails import CouponMail
from service_provider.services.coupons import telling

log = logging.getLogger(__name__)
MOST = 20  # at one look of the worker; the next one goes on


def sweep(now: datetime) -> int:
    """Sends what waits and says how many that were; where the post is away, the rest waits for the next look."""
    sent, now_ms = 0, milliseconds(now)
    for mail in coupon_mails.list_waiting(now_ms=now_ms, most=MOST):
        if not telling.claim(mail.coupon_id, now_ms=now_ms):
            continue
        try:
            _send(mail)
        except OSError:  # smtplib's exceptions are among them
            telling.give_up(mail.coupon_id, now_ms=now_ms)
            log.exception("mails about coupons cannot be sent")
            return sent
        sent += 1
    return sent


def _send(mail: CouponMail) -> None:
    context = {"offer": mail.offer, "username": mail.username, "mall": mall.get_settings().name}
    subject = render_to_string("service_provider/mail/coupon_subject.txt", context).strip()
    send_mail(subject, render_to_string("service_provider/mail/coupon.txt", context), None, [mail.to])
