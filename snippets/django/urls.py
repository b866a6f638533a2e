from django.contrib import admin
from django.http import HttpResponse
from django.urls import path, reverse


def visits(request):
    count = request.session.get("visits", 0) + 1
    request.session["visits"] = count
    group = request.environ["mod_wsgi.process_group"]
    return HttpResponse(f"{group}, visit {count}, the admin is at {reverse('admin:index')}\n", "text/plain")


urlpatterns = [
    path("", visits),
    path("admin/", admin.site.urls),
]
