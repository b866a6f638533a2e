import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=200)),
                (
                    "picture",
                    models.FileField(
                        blank=True,
                        upload_to="pictures",
                        validators=[django.core.validators.FileExtensionValidator(["jpg", "png"])],
                    ),
                ),
            ],
        ),
    ]
