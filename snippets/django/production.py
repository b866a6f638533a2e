"""What is different on the server. The rest is in settings.py."""

from pathlib import Path

from mysite.settings import *

DEBUG = False
ALLOWED_HOSTS = ["team.localhost"]
SECRET_KEY = Path("/etc/mysite/secret-key").read_text().strip()
STATIC_ROOT = "/srv/mysite/static"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/var/lib/mysite/db.sqlite3"}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"]},
}
