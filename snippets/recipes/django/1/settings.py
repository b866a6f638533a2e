import tomllib
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
RELEASE = BASE_DIR.name

# What is different on each machine, and what is secret
SERVER = tomllib.loads(Path("/etc/polls/settings.toml").read_text("utf-8"))
SECRET_KEY = SERVER["SECRET_KEY"]
DEBUG = SERVER["DEBUG"]
ALLOWED_HOSTS = SERVER["ALLOWED_HOSTS"]
CSRF_TRUSTED_ORIGINS = SERVER.get("CSRF_TRUSTED_ORIGINS", [])
DATA = Path(SERVER["DATA"])

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA / "db" / "polls.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA / "media"
MEDIA_URL = "media/"
STATIC_ROOT = BASE_DIR / "static"
STATIC_URL = "static/"

# Browsers send these cookies only over HTTPS.
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SILENCED_SYSTEM_CHECKS = [
    "security.W004",  # HSTS
    "security.W008",  # the redirect to HTTPS: Apache has it
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "polls",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "mysite.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
