"""A Django project in one file: a page that takes a form."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["probe.localhost"],
    LOGGING_CONFIG=None,  # warnings go to Apache's log
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for this example",
)

urlpatterns = [path("", lambda request: HttpResponse("Saved.\n", content_type="text/plain"))]
application = get_wsgi_application()
