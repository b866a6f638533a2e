from django.core.validators import FileExtensionValidator
from django.db import models


class Question(models.Model):
    text = models.CharField(max_length=200)
    picture = models.FileField(upload_to="pictures", blank=True, validators=[FileExtensionValidator(["jpg", "png"])])
    closed = models.BooleanField(db_default=False)
    language = models.CharField(max_length=8, default="en")

    def __str__(self):
        return self.text
