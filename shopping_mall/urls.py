"""Where every door is. The published system's paths redirect from the apps' own URL files."""

from django.conf import settings
from django.urls import include, path

from service_provider import admin
from service_provider.api import urls as api
from shopping_mall import demo_mail, health

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("account/", include("allauth.urls")),
    path("provider/", include("service_provider.dashboard.urls")),
    path("till/", include("service_provider.dashboard.till.urls")),
    path("api/", api.urls),
    path("admin/", admin.site.urls),
    path("", include("service_provider.dashboard.published_urls")),
    path("", include("remote_user.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("demo/mail/", demo_mail.inbox, name="demo-mail"))
