import service_provider.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('service_provider', '0009_campaigns_coupons_tills'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='riskfailure', name='one_count_per_hour_and_reason'),
        migrations.RenameModel('RiskFailure', 'Miss'),
        migrations.AlterModelTable('Miss', 'miss'),
        migrations.AlterField(
            model_name='miss',
            name='reason',
            field=service_provider.models.fields.CodeField(max_length=40),
        ),
        migrations.AddConstraint(
            model_name='miss',
            constraint=models.UniqueConstraint(fields=('hour_ms', 'reason'), name='one_count_per_hour_and_reason'),
        ),
    ]
