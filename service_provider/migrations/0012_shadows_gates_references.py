from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("service_provider", "0011_what_is_new_by_an_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="gates",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="reference",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="shadow_kind",
            field=models.CharField(max_length=20, null=True, unique=True),
        ),
    ]
