"""A Django project in one file, with a page that takes uploads. Mails about errors go to files."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, UnreadablePostError
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def upload(request):
    return HttpResponse(f"{len(request.body)} bytes\n")


def keep(record):
    return not (record.exc_info and isinstance(record.exc_info[1], UnreadablePostError))


urlpatterns = [path("", upload)]
settings.configure(
    SECRET_KEY="only for this example",
    ALLOWED_HOSTS=["probe.localhost"],
    ROOT_URLCONF=__name__,
    ADMINS=[("Ada", "ada@example.org")],
    EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend",
    EMAIL_FILE_PATH="/srv/mails",
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "require_debug_false": {"()": "django.utils.log.RequireDebugFalse"},
            "keep": {"()": "django.utils.log.CallbackFilter", "callback": keep},
        },
        "handlers": {
            "mail_admins": {
                "class": "django.utils.log.AdminEmailHandler",
                "level": "ERROR",
                "filters": ["require_debug_false", "keep"],
            },
        },
        "loggers": {"django": {"handlers": ["mail_admins"], "level": "INFO"}},
    },
)
application = get_wsgi_application()
