import django.db.models.deletion
import django.db.models.expressions
import service_provider.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("service_provider", "0008_trends_segments_risk"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("starts_ms", models.BigIntegerField()),
                ("ends_ms", models.BigIntegerField()),
                ("published_at", models.DateTimeField(null=True)),
                ("paused_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("categories", models.JSONField(default=list)),
                ("malls", models.JSONField(default=list)),
                (
                    "discount_kind",
                    models.CharField(choices=[("percent", "Percent"), ("amount", "Amount")], max_length=8),
                ),
                ("depths", models.JSONField()),
                ("cap_minor", models.BigIntegerField()),
                ("min_basket_minor", models.BigIntegerField(default=0)),
                ("valid_days", models.PositiveSmallIntegerField(default=1)),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("everyone", "Everyone"),
                            ("segments", "Some segments"),
                            ("newcomers", "Newcomers"),
                            ("at_risk", "Visits at risk"),
                        ],
                        default="everyone",
                        max_length=12,
                    ),
                ),
                ("segments", models.JSONField(default=list)),
                ("budget_minor", models.BigIntegerField()),
                ("day_budget_minor", models.BigIntegerField(null=True)),
                ("overbooking_pct", models.PositiveSmallIntegerField(default=100)),
                ("limit_total", models.PositiveIntegerField(null=True)),
                ("limit_per_shopper", models.PositiveSmallIntegerField(default=1)),
                ("cooldown_hours", models.PositiveSmallIntegerField(default=168)),
                ("is_exclusive", models.BooleanField(default=True)),
                ("restores_on_cancel", models.BooleanField(default=True)),
                ("holdout_bp", models.PositiveSmallIntegerField(default=0)),
                ("salt", models.CharField(max_length=32)),
                (
                    "policy",
                    models.CharField(
                        choices=[
                            ("published_rule", "Highest risk first"),
                            ("random", "By chance"),
                            ("none", "No coupons"),
                        ],
                        default="published_rule",
                        max_length=20,
                    ),
                ),
                ("parameters", models.JSONField(default=dict)),
                ("priority", models.SmallIntegerField(default=0)),
                ("is_rehearsal", models.BooleanField(default=False)),
                ("committed_minor", models.BigIntegerField(default=0)),
                ("reserved_minor", models.BigIntegerField(default=0)),
                ("spent_minor", models.BigIntegerField(default=0)),
                ("released_minor", models.BigIntegerField(default=0)),
                ("issued", models.PositiveIntegerField(default=0)),
                ("redeemed", models.PositiveIntegerField(default=0)),
                ("by_label", models.CharField(max_length=150)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "campaign",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="CampaignDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("reserved_minor", models.BigIntegerField(default=0)),
                ("spent_minor", models.BigIntegerField(default=0)),
                ("issued", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "campaign_day",
            },
        ),
        migrations.CreateModel(
            name="CampaignShopper",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("issued", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "db_table": "campaign_shopper",
            },
        ),
        migrations.CreateModel(
            name="Coupon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", service_provider.models.fields.CodeField(max_length=20, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("issued", "Issued"),
                            ("seen", "Seen"),
                            ("redeemed", "Redeemed"),
                            ("expired", "Expired"),
                            ("revoked", "Revoked"),
                            ("reversed", "Taken back"),
                        ],
                        default="issued",
                        max_length=10,
                    ),
                ),
                ("category", models.CharField(max_length=100)),
                ("rate_bp", models.PositiveSmallIntegerField(default=0)),
                ("amount_minor", models.BigIntegerField(default=0)),
                ("cap_minor", models.BigIntegerField()),
                ("min_basket_minor", models.BigIntegerField(default=0)),
                ("why", models.CharField(blank=True, max_length=200)),
                ("issued_ms", models.BigIntegerField()),
                ("issued_day", models.DateField()),
                ("expires_ms", models.BigIntegerField(db_index=True)),
                ("seen_ms", models.BigIntegerField(null=True)),
                ("dismissed_ms", models.BigIntegerField(null=True)),
                ("redeemed_ms", models.BigIntegerField(null=True)),
                ("reserved_minor", models.BigIntegerField()),
                ("spent_minor", models.BigIntegerField(default=0)),
                ("held_until_ms", models.BigIntegerField(default=0)),
                ("held_by", models.CharField(blank=True, max_length=64)),
                ("rating", models.PositiveSmallIntegerField(null=True)),
                ("comment", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "db_table": "coupon",
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at_ms", models.BigIntegerField(db_index=True)),
                ("step", models.PositiveIntegerField()),
                ("state", models.BinaryField()),
                ("policy", models.CharField(blank=True, max_length=40)),
                ("arm", models.PositiveSmallIntegerField()),
                ("group", models.CharField(max_length=12)),
                ("category", models.CharField(blank=True, max_length=100)),
                ("reasons", models.JSONField()),
                ("propensities", models.JSONField()),
                ("seed", models.CharField(max_length=32)),
                ("seen", models.JSONField()),
                ("micros", models.PositiveIntegerField()),
            ],
            options={
                "db_table": "decision",
            },
        ),
        migrations.CreateModel(
            name="LedgerRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("commit", "Committed"),
                            ("spend", "Spent"),
                            ("release", "Released"),
                            ("reverse", "Reversed"),
                        ],
                        max_length=8,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("at_ms", models.BigIntegerField()),
                ("by_label", models.CharField(max_length=150)),
            ],
            options={
                "db_table": "ledger_row",
            },
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at_ms", models.BigIntegerField(db_index=True)),
                ("basket_minor", models.BigIntegerField()),
                ("discount_minor", models.BigIntegerField()),
                ("lines", models.JSONField(default=list)),
                ("reversed_ms", models.BigIntegerField(null=True)),
                ("reversed_why", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "db_table": "redemption",
            },
        ),
        migrations.CreateModel(
            name="Till",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("mall", models.CharField(max_length=60)),
                ("link_sha256", models.CharField(max_length=64, unique=True)),
                ("link_until", models.DateTimeField()),
                ("cookie_sha256", models.CharField(max_length=64, null=True, unique=True)),
                ("paired_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("by_label", models.CharField(max_length=150)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "till",
            },
        ),
        migrations.CreateModel(
            name="WrongCodes",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", service_provider.models.fields.CodeField(max_length=80, unique=True)),
                ("window_ms", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
            ],
            options={
                "db_table": "wrong_codes",
            },
        ),
        migrations.AddField(
            model_name="apikey",
            name="mall",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="mall",
            name="coupons_stopped_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="mall",
            name="coupons_stopped_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=150),
        ),
        migrations.AddField(
            model_name="mall",
            name="holdout_bp",
            field=models.PositiveSmallIntegerField(db_default=500, default=500),
        ),
        migrations.AddField(
            model_name="order",
            name="discount_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="orderline",
            name="discount_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="mall",
            constraint=models.CheckConstraint(
                condition=models.Q(("holdout_bp__lte", 10000)), name="mall_holdout_is_a_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("discount_minor__gte", 0)), name="order_line_discount_not_negative"
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="combines_with",
            field=models.ManyToManyField(db_table="campaign_combination", to="service_provider.campaign"),
        ),
        migrations.AddField(
            model_name="campaignday",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_provider.campaign"
            ),
        ),
        migrations.AddField(
            model_name="campaignshopper",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_provider.campaign"
            ),
        ),
        migrations.AddField(
            model_name="campaignshopper",
            name="shopper",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_provider.shopper"
            ),
        ),
        migrations.AddField(
            model_name="coupon",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_provider.campaign"
            ),
        ),
        migrations.AddField(
            model_name="coupon",
            name="shopper",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_provider.shopper"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="campaign",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="service_provider.campaign",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="shopper",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_provider.shopper"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="visit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_provider.visit"
            ),
        ),
        migrations.AddField(
            model_name="coupon",
            name="decision",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="service_provider.decision",
            ),
        ),
        migrations.AddField(
            model_name="ledgerrow",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_provider.campaign"
            ),
        ),
        migrations.AddField(
            model_name="ledgerrow",
            name="coupon",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_provider.coupon"
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="api_key",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="service_provider.apikey",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="coupon",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_provider.coupon"
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="live_coupon",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="service_provider.coupon",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="service_provider.order",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="till",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="service_provider.till",
            ),
        ),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(fields=["ended_at", "ends_ms"], name="campaign_ended_a_427d14_idx"),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "committed_minor",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("reserved_minor"), "+", models.F("spent_minor")
                            ),
                            "+",
                            models.F("released_minor"),
                        ),
                    )
                ),
                name="campaign_money_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("released_minor__gte", 0), ("reserved_minor__gte", 0), ("spent_minor__gte", 0)
                ),
                name="campaign_money_is_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("overbooking_pct__gt", 100),
                    (
                        "budget_minor__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("reserved_minor"), "+", models.F("spent_minor")
                        ),
                    ),
                    _connector="OR",
                ),
                name="campaign_keeps_its_budget",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("limit_total", None), ("limit_total__gte", models.F("issued")), _connector="OR"
                ),
                name="campaign_keeps_its_limit",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("overbooking_pct__gte", 100), ("overbooking_pct__lte", 500)),
                name="campaign_overbooks_up_to_five",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("budget_minor__gte", 0), ("cap_minor__gt", 0), ("min_basket_minor__gte", 0)
                ),
                name="campaign_amounts_are_sound",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("holdout_bp__lte", 10000)), name="campaign_holdout_is_a_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_ms__gt", models.F("starts_ms"))),
                name="campaign_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignday",
            constraint=models.UniqueConstraint(
                fields=("campaign", "day"), name="one_row_per_campaign_and_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignday",
            constraint=models.CheckConstraint(
                condition=models.Q(("reserved_minor__gte", 0), ("spent_minor__gte", 0)),
                name="campaign_day_is_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignshopper",
            constraint=models.UniqueConstraint(
                fields=("campaign", "shopper"), name="one_row_per_campaign_and_shopper"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["campaign", "at_ms"], name="decision_campaig_82b136_idx"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["shopper", "at_ms"], name="decision_shopper_55e265_idx"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(fields=("visit", "step"), name="one_decision_per_step"),
        ),
        migrations.AddIndex(
            model_name="coupon",
            index=models.Index(fields=["shopper", "state"], name="coupon_shopper_7b7630_idx"),
        ),
        migrations.AddIndex(
            model_name="coupon",
            index=models.Index(fields=["campaign", "state"], name="coupon_campaig_e715ed_idx"),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount_minor", 0), ("rate_bp__gt", 0)),
                    models.Q(("amount_minor__gt", 0), ("rate_bp", 0)),
                    _connector="OR",
                ),
                name="coupon_is_percent_or_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "cap_minor__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("reserved_minor"), "+", models.F("spent_minor")
                        ),
                    ),
                    ("reserved_minor__gte", 0),
                    ("spent_minor__gte", 0),
                ),
                name="coupon_costs_at_most_its_cap",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0)), name="ledger_amount_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("basket_minor__gte", models.F("discount_minor")), ("discount_minor__gte", 0)
                ),
                name="redemption_leaves_no_negative_total",
            ),
        ),
    ]
