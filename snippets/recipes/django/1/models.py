from django.core.validators import FileExtensionValidator
from django.db import models


class Question(models.Model):
    text = models.CharField(max_length=200)
    picture = models.FileField(upload_to="pictures", blank=True, validators=[FileExtensionValidator(["jpg", "png"])])

    def __str__(self):
        return self.text
