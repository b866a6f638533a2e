from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("polls", "0002_question_closed")]

    operations = [
        migrations.AddField(
            model_name="question",
            name="language",
            field=models.CharField(default="en", max_length=8),
        ),
    ]
