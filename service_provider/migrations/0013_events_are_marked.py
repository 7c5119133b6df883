from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('service_provider', '0012_shadows_gates_references'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='mark',
            field=models.PositiveSmallIntegerField(choices=[(0, 'On time'), (1, 'Came after a later one'), (2, 'Its moment could not be, so that of its receipt stands in')], db_default=0, default=0),
        ),
    ]
