"""The mall of `bench/loop.py`: products, a campaign that offers at every chance, a model of churn, cookies."""

from datetime import UTC, datetime, timedelta
from typing import Any

from parts.running import ROOT, manage

PRODUCTS, CATEGORIES = 2_000, 11
SHOP = "Zorlu Center"
MODEL = ROOT / "datasets" / "nets" / "b7.model"


def open_mall() -> None:
    """An empty database with a catalogue; Django is set up afterwards. Whatever the environment says is its place."""
    manage("migrate", "-v0")
    manage("createcachetable")
    import django

    django.setup()
    from service_provider.models import Mall, Product

    now = datetime.now(UTC)  # noqa: TID251 - a benchmark is a door
    Product.objects.bulk_create(
        Product(
            product_id=f"B{n}", title=f"Thing {n}", category=f"Category {n % CATEGORIES}", price_minor=2_000 + n,
            margin_bp=4_000, stock=9, changed_at=now,
        )
        for n in range(PRODUCTS)
    )  # fmt: skip
    Mall.objects.update_or_create(pk=1, defaults={"holdout_bp": 0})


def begin_campaign() -> int:
    """It runs, has money for all, and every decision about a shopper who has no coupon yet is an offer."""
    from service_provider.models import Campaign

    now = datetime.now(UTC)  # noqa: TID251 - a benchmark is a door
    day = timedelta(days=1)
    row = Campaign.objects.create(
        name="For the benchmark", starts_on=(now - day).date(), ends_on=(now + 60 * day).date(),
        starts_ms=int((now - day).timestamp() * 1000), ends_ms=int((now + 60 * day).timestamp() * 1000),
        published_at=now, discount_kind="percent", depths=[1_000], cap_minor=500, budget_minor=10**12,
        salt="bench", policy="random", parameters={"rate": 1.0}, by_label="bench", created_at=now, changed_at=now,
    )  # fmt: skip
    return int(row.pk)


def serve_model() -> str:
    """The stack of a forest and a net that is shipped, in use; its name."""
    from service_provider.adapters import model_store
    from service_provider.models import ModelVersion
    from service_provider.queries.learning import CHURN

    name = "churn-1.model"
    ModelVersion.objects.create(
        kind=CHURN, live_kind=CHURN, number=1, sha256=model_store.save(name, MODEL.read_bytes()), stored_name=name,
        data_fingerprint="0" * 64, data_name="shipped", rows=0, seed=1, report={}, by_label="bench",
        created_at=datetime.now(UTC),  # noqa: TID251 - a benchmark is a door
    )  # fmt: skip
    return MODEL.name


def cookies(count: int, *, called: str) -> list[str]:
    from django.core import signing

    from remote_user import visitor

    signer = signing.get_cookie_signer(salt=visitor.COOKIE + visitor.SALT)
    return [f"consent=yes; visitor={signer.sign(f'{called}{n}')}" for n in range(count)]


def coupons(campaign_id: int, count: int) -> list[str]:
    """Codes of as many shoppers, one each, issued the way of the shop."""
    from service_provider.models import Shopper
    from service_provider.services import coupons as issuing
    from service_provider.services.coupons import NewCoupon

    now = datetime.now(UTC)  # noqa: TID251 - a benchmark is a door
    now_ms, codes = int(now.timestamp() * 1000), []
    for n in range(count):
        shopper = Shopper.objects.create(key=f"till{n}", created_at=now)
        wanted = NewCoupon(
            campaign_id, shopper.pk, category="Category 1", rate_bp=1_000, amount_minor=0, cap_minor=500,
            min_basket_minor=0, expires_ms=now_ms + 86_400_000, day=now.date(),
        )  # fmt: skip
        codes.append(issuing.issue(wanted, by_label="bench", now_ms=now_ms).code)
    return codes


def keys(count: int) -> list[str]:
    """Of tills, each with a limit of its own."""
    from service_provider.queries.access import COMMAND
    from service_provider.services import keys as making

    now = datetime.now(UTC)  # noqa: TID251 - a benchmark is a door
    return [making.make(f"till {n}", ("till",), by=COMMAND, now=now, mall=SHOP).secret for n in range(count)]


def counted() -> dict[str, Any]:
    """What the ledger says at the end: nothing may be missing or double."""
    from django.db.models import F, Sum

    from service_provider.models import Campaign, Coupon, Decision, Miss, Redemption

    broken = Campaign.objects.exclude(
        committed_minor=F("reserved_minor") + F("spent_minor") + F("released_minor")
    ).count()
    return {
        "decisions": Decision.objects.count(),
        "coupons": Coupon.objects.count(),
        "redemptions": Redemption.objects.count(),
        "ledgers_that_do_not_balance": broken,
        "missed": dict(Miss.objects.values_list("reason").annotate(Sum("count"))),
    }
