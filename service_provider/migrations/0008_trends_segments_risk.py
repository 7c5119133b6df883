import django.db.models.deletion
import service_provider.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('service_provider', '0007_what_shoppers_say'),
    ]

    operations = [
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('live_kind', models.CharField(max_length=40, null=True, unique=True)),
                ('text', models.TextField()),
                ('detail', models.JSONField(default=dict)),
                ('cost_minor', models.BigIntegerField(null=True)),
                ('raised_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by', models.CharField(blank=True, max_length=150)),
            ],
            options={
                'db_table': 'alarm',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='EventDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('kind', models.PositiveSmallIntegerField()),
                ('category', service_provider.models.fields.CodeField(blank=True, max_length=100)),
                ('events', models.PositiveIntegerField()),
                ('pieces', models.PositiveIntegerField()),
                ('value_minor', models.BigIntegerField()),
            ],
            options={
                'db_table': 'event_day',
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(max_length=40)),
                ('spending_score', models.FloatField(null=True)),
                ('behaviour_score', models.FloatField(null=True)),
                ('from_at', models.DateTimeField(db_index=True)),
                ('until_at', models.DateTimeField(db_index=True, null=True)),
            ],
            options={
                'db_table': 'membership',
            },
        ),
        migrations.CreateModel(
            name='RiskFailure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour_ms', models.BigIntegerField()),
                ('reason', models.CharField(max_length=40)),
                ('count', models.PositiveIntegerField()),
            ],
            options={
                'db_table': 'risk_failure',
            },
        ),
        migrations.CreateModel(
            name='RiskScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.PositiveIntegerField()),
                ('at_ms', models.BigIntegerField(db_index=True)),
                ('churn_ppm', models.PositiveIntegerField()),
                ('micros', models.PositiveIntegerField()),
                ('is_shadow', models.BooleanField(default=False)),
            ],
            options={
                'db_table': 'risk_score',
            },
        ),
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, unique=True)),
                ('is_on', models.BooleanField(default=True)),
                ('minute', models.PositiveSmallIntegerField()),
                ('started_day', models.DateField(null=True)),
                ('may_promote', models.BooleanField(default=False)),
            ],
            options={
                'db_table': 'schedule',
            },
        ),
        migrations.CreateModel(
            name='SearchDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('words', service_provider.models.fields.CodeField(max_length=80)),
                ('count', models.PositiveIntegerField()),
            ],
            options={
                'db_table': 'search_day',
            },
        ),
        migrations.AddField(
            model_name='mall',
            name='keep_events_days',
            field=models.PositiveIntegerField(db_default=400, default=400),
        ),
        migrations.AddField(
            model_name='visit',
            name='carried',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='visit',
            name='is_summed',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='visit',
            name='risk_ppm',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='visit',
            name='risk_step',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(fields=['last_ms'], name='visit_last_ms_d4e9f0_idx'),
        ),
        migrations.AddConstraint(
            model_name='mall',
            constraint=models.CheckConstraint(condition=models.Q(('keep_events_days__gte', 30)), name='mall_keeps_events_a_month'),
        ),
        migrations.AddConstraint(
            model_name='eventday',
            constraint=models.UniqueConstraint(fields=('day', 'kind', 'category'), name='one_sum_per_day_kind_category'),
        ),
        migrations.AddField(
            model_name='membership',
            name='live_shopper',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='service_provider.shopper'),
        ),
        migrations.AddField(
            model_name='membership',
            name='shopper',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='service_provider.shopper'),
        ),
        migrations.AddField(
            model_name='membership',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service_provider.modelversion'),
        ),
        migrations.AddConstraint(
            model_name='riskfailure',
            constraint=models.UniqueConstraint(fields=('hour_ms', 'reason'), name='one_count_per_hour_and_reason'),
        ),
        migrations.AddField(
            model_name='riskscore',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service_provider.modelversion'),
        ),
        migrations.AddField(
            model_name='riskscore',
            name='visit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='service_provider.visit'),
        ),
        migrations.AddConstraint(
            model_name='schedule',
            constraint=models.CheckConstraint(condition=models.Q(('minute__lt', 1440)), name='schedule_minute_is_of_a_day'),
        ),
        migrations.AddConstraint(
            model_name='searchday',
            constraint=models.UniqueConstraint(fields=('day', 'words'), name='one_count_per_search_and_day'),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(fields=['shopper', 'from_at'], name='membership_shopper_f405c1_idx'),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(fields=['segment', 'until_at'], name='membership_segment_674e17_idx'),
        ),
        migrations.AddConstraint(
            model_name='riskscore',
            constraint=models.UniqueConstraint(fields=('visit', 'version', 'step'), name='one_score_per_version_and_step'),
        ),
        migrations.AddConstraint(
            model_name='riskscore',
            constraint=models.CheckConstraint(condition=models.Q(('churn_ppm__lte', 1000000)), name='risk_is_a_chance'),
        ),
    ]
