from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("service_provider", "0010_misses"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["changed_at"], name="product_changed_bfb265_idx"),
        ),
    ]
